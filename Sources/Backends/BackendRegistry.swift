import DeletionModel
import BackendXRootD
import BackendDCacheBulk
import BackendPOSIX
import BackendWebDAV
import Credentials
import ProcessRunning
import BackendTools

/// The backends by name. A plain value: a test makes one with only a fake in it.
package struct BackendRegistry: Sendable {
  /// One backend.
  package struct Entry: Sendable {
    /// Its name.
    package let name: String
    /// What it does, in one line.
    package let summary: String
    /// The PFN schemes it can serve, in lower case.
    package let schemes: [String]
    /// The tool it needs, to be looked for on the search path; nil for none.
    package let tool: String?
    /// Makes one. One backend may be used by many tasks at once.
    package let make: @Sendable () -> any Backend

    package init(
      name: String, summary: String, schemes: [String], tool: String? = nil,
      make: @escaping @Sendable () -> any Backend
    ) {
      self.name = name
      self.summary = summary
      self.schemes = schemes
      self.tool = tool
      self.make = make
    }
  }

  /// All of them, in the order they are shown.
  package private(set) var entries: [Entry]

  /// A registry of these; of two with one name the first counts.
  package init(_ entries: [Entry]) {
    var seen: Set<String> = []
    self.entries = entries.filter { seen.insert($0.name).inserted }
  }

  /// The entry of that name.
  package subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The backends that come with Swab.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - runner: What starts tools.
  ///   - environment: What tools see.
  ///   - pacer: How hard an endpoint may be worked, for the backends that keep many requests in flight.
  ///   - credentials: What those show to an endpoint.
  ///   - answerLimit: How long those wait for one answer.
  ///   - options: What else the backends without a tool are told.
  ///   - allowed: What the files are below, for ``RmBackend``.
  ///   - onNotice: Hears, once an endpoint, what the report has to say of it, in one line.
  package static func standard(
    time: any TimeSource, runner: any ProcessRunner, environment: ChildEnvironment,
    pacer: any RequestPacer = FixedPacer(limit: 10),
    credentials: any CredentialProvider = FixedCredential(.none), answerLimit: Duration = .seconds(30),
    options: NativeOptions = NativeOptions(), allowed: AllowedRoots? = nil,
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) -> BackendRegistry {
    let authorities = CADirectory.find(named: environment["X509_CERT_DIR"])
    let xroot = XRootBackend.Configuration(
      pacer: pacer, credentials: credentials, certificateDirectory: authorities, answerLimit: answerLimit,
      storageHosts: options.storageHosts, ageLimit: options.ageLimit,
      onCredentialShown: options.onCredentialShown, onNotice: onNotice)
    let bulk = DCacheBulkBackend(
      time: time, pacer: pacer, credentials: credentials,
      settings: DCacheBulkBackend.Settings(
        frontends: options.frontends, caDirectory: authorities, requestLimit: answerLimit,
        patience: DCacheBulkBackend.Patience(answerLimit: answerLimit),
        storageHosts: options.storageHosts, notes: options.notes,
        onCredentialShown: options.onCredentialShown, onNotice: onNotice))
    return BackendRegistry([
      Entry(
        name: RmBackend.name, summary: "files of a mounted file system, by unlink(2)", schemes: ["file"]
      ) { RmBackend(time: time, allowed: allowed, ageLimit: options.ageLimit) },
      Entry(
        name: WebDAVBackend.name, summary: "HTTP and WebDAV, many requests at a time",
        schemes: PFN.httpSchemes
      ) {
        WebDAVBackend(
          time: time, pacer: pacer, credentials: credentials,
          settings: WebDAVBackend.Settings(
            caDirectory: authorities, requestLimit: answerLimit, noLook: options.noLook,
            ageLimit: options.ageLimit, storageHosts: options.storageHosts,
            onCredentialShown: options.onCredentialShown, onNotice: onNotice))
      },
      Entry(
        name: DCacheBulkBackend.name,
        summary: "dCache's bulk service, where its frontend is known: hundreds of files a request",
        schemes: PFN.httpSchemes
      ) { bulk },
      Entry(
        name: XrdfsBackend.name, summary: "root:// with the xrdfs tool, many files a process",
        schemes: PFN.xrootdSchemes, tool: "xrdfs"
      ) { XrdfsBackend(runner: runner, environment: environment, time: time, onNotice: onNotice) },
      Entry(
        name: XRootBackend.name, summary: "root:// with the XRootD protocol itself, no tool needed",
        schemes: PFN.xrootdSchemes
      ) { XRootBackend(time: time, configuration: xroot) },
      Entry(
        name: GfalBackend.name, summary: "any grid protocol with the gfal-rm tool",
        schemes: PFN.xrootdSchemes + PFN.httpSchemes + BackendChoice.otherSchemes,
        tool: "gfal-rm"
      ) { GfalBackend(runner: runner, environment: environment, time: time) },
    ])
  }

  /// The backends for this machine, with this process's environment.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - variables: The environment of this process.
  ///   - pacer: How hard an endpoint may be worked.
  ///   - credentials: What an endpoint is shown.
  ///   - answerLimit: How long the backends without a tool wait for one answer.
  ///   - options: What else the backends without a tool are told.
  ///   - allowed: What the files are below, for ``RmBackend``.
  ///   - onNotice: Hears, once an endpoint, what the report has to say of it, in one line.
  package static func standard(
    time: any TimeSource, variables: [String: String], pacer: any RequestPacer = FixedPacer(limit: 10),
    credentials: any CredentialProvider = FixedCredential(.none), answerLimit: Duration = .seconds(30),
    options: NativeOptions = NativeOptions(), allowed: AllowedRoots? = nil,
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) -> BackendRegistry {
    standard(
      time: time, runner: SubprocessRunner(search: ExecutableSearch(path: variables["PATH"])),
      environment: ChildEnvironment(inheriting: variables), pacer: pacer, credentials: credentials,
      answerLimit: answerLimit, options: options, allowed: allowed, onNotice: onNotice)
  }

  /// The backend for a stage-out command and a PFN's scheme.
  /// - Parameter forced: a backend's name that was asked for instead.
  /// - Throws: when there is none, with what would be right.
  package func entry(
    command: String, scheme: String, forced: String? = nil
  ) throws(BackendChoice.Problem) -> Entry {
    let known = entries.map(\.name).joined(separator: ", ")
    let name: String
    if let forced {
      name = forced
    } else {
      name = try BackendChoice.backend(command: command, scheme: scheme)
    }
    guard let entry = self[name] else {
      throw BackendChoice.Problem(description: "unknown backend '\(name)'; known are \(known)")
    }
    guard entry.schemes.contains(scheme) else {
      throw BackendChoice.Problem(
        description: "the backend '\(name)' cannot delete \(scheme): PFNs; it can delete "
          + entry.schemes.joined(separator: ", "))
    }
    return entry
  }
}

/// Which doors have a frontend of dCache's bulk service.
package typealias DCacheFrontends = BackendDCacheBulk.DCacheFrontends
/// One of them.
package typealias DCacheFrontend = BackendDCacheBulk.DCacheFrontend

/// What the backends without a tool are told by who makes a registry.
package struct NativeOptions: Sendable {
  /// See ``WebDAVBackend/Settings/noLook``.
  package var noLook: Bool
  /// What was written later stays, as far as a storage tells when that was.
  package var ageLimit: AgeLimit?
  /// The hosts that the site's configuration names.
  package var storageHosts: StorageHosts
  /// Which doors have a frontend of dCache's bulk service.
  package var frontends: DCacheFrontends
  /// Where is written down what the run after a kill has to know.
  package var notes: RunNotes
  /// Hears what a server is shown: at least once for each server and kind.
  package var onCredentialShown: @Sendable (CredentialUse) -> Void

  /// Makes options.
  package init(
    noLook: Bool = false, ageLimit: AgeLimit? = nil, storageHosts: StorageHosts = StorageHosts(),
    frontends: DCacheFrontends = DCacheFrontends(), notes: RunNotes = RunNotes(),
    onCredentialShown: @escaping @Sendable (CredentialUse) -> Void = { _ in }
  ) {
    self.noLook = noLook
    self.ageLimit = ageLimit
    self.storageHosts = storageHosts
    self.frontends = frontends
    self.notes = notes
    self.onCredentialShown = onCredentialShown
  }
}
