import Deletion

/// The backends by name. A plain value: a test makes one with only a fake in it.
public struct BackendRegistry: Sendable {
  /// One backend.
  public struct Entry: Sendable {
    /// Its name.
    public let name: String
    /// What it does, in one line.
    public let summary: String
    /// The PFN schemes it can serve, in lower case.
    public let schemes: [String]
    /// The tool it needs, to be looked for on the search path; nil for none.
    public let tool: String?
    /// Makes one. One backend may be used by many tasks at once.
    public let make: @Sendable () -> any Backend

    /// Makes an entry.
    public init(
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
  public private(set) var entries: [Entry]

  /// A registry of these; of two with one name the first counts.
  public init(_ entries: [Entry]) {
    var seen: Set<String> = []
    self.entries = entries.filter { seen.insert($0.name).inserted }
  }

  /// The entry of that name.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The backends that come with Swab.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - runner: What starts tools.
  ///   - environment: What tools see.
  ///   - pacer: How hard an endpoint may be worked, for the backends that keep many requests under way.
  ///   - credentials: What those show to an endpoint.
  ///   - answerLimit: How long those wait for one answer.
  public static func standard(
    time: any TimeSource, runner: any ProcessRunner, environment: ChildEnvironment,
    pacer: any RequestPacer = FixedPacer(limit: 10),
    credentials: any CredentialProvider = FixedCredential(.none), answerLimit: Duration = .seconds(30)
  ) -> BackendRegistry {
    let authorities = CAFolder.find(named: environment["X509_CERT_DIR"])
    let xroot = XRootBackend.Configuration(
      pacer: pacer, credentials: credentials, certificateFolder: authorities, answerLimit: answerLimit)
    return BackendRegistry([
      Entry(
        name: RmBackend.name, summary: "files of a mounted file system, by unlink(2)", schemes: ["file"]
      ) { RmBackend(time: time) },
      Entry(
        name: WebDAVBackend.name, summary: "HTTP and WebDAV, many requests at a time",
        schemes: BackendChoice.httpSchemes
      ) {
        WebDAVBackend(
          time: time, pacer: pacer, credentials: credentials,
          settings: WebDAVBackend.Settings(caFolder: authorities, requestLimit: answerLimit))
      },
      Entry(
        name: XrdfsBackend.name, summary: "root:// with the xrdfs tool, many files a process",
        schemes: BackendChoice.xrootdSchemes, tool: "xrdfs"
      ) { XrdfsBackend(runner: runner, environment: environment, time: time) },
      Entry(
        name: XRootBackend.name, summary: "root:// with the XRootD protocol itself, no tool needed",
        schemes: BackendChoice.xrootdSchemes
      ) { XRootBackend(time: time, configuration: xroot) },
      Entry(
        name: GfalBackend.name, summary: "any grid protocol with the gfal-rm tool",
        schemes: BackendChoice.xrootdSchemes + BackendChoice.httpSchemes + BackendChoice.otherSchemes,
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
  public static func standard(
    time: any TimeSource, variables: [String: String], pacer: any RequestPacer = FixedPacer(limit: 10),
    credentials: any CredentialProvider = FixedCredential(.none), answerLimit: Duration = .seconds(30)
  ) -> BackendRegistry {
    standard(
      time: time, runner: SubprocessRunner(search: ExecutableSearch(path: variables["PATH"])),
      environment: ChildEnvironment(inheriting: variables), pacer: pacer, credentials: credentials,
      answerLimit: answerLimit)
  }

  /// The backend for a stage-out command and a PFN's scheme.
  /// - Parameter forced: a backend's name that was asked for instead.
  /// - Throws: when there is none, with what would be right.
  public func entry(
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
