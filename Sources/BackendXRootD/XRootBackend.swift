import DeletionModel
import XRootDProtocol
import Networking
import Credentials

/// Deletes files over root:// with the XRootD protocol itself (specification 5.x): many requests in flight on one
/// connection, TLS where the server or the scheme asks for it, and the authentication protocols `gsi` (X.509 proxy
/// or certificate), `ztn` (bearer token, under TLS only), `unix` and `host`. Requests are signed where the server
/// wants that.
///
/// No directory is removed for a file: the server says before of every name what it is (``XRootWork`` says how, and which
/// race stays). In a batch of ``Batch/Kind/emptyDirectories`` those are removed that the server calls empty.
/// Where a server takes only what is not spoken here (`krb5`, `sss`, …), its files are answered with a `fatal` error
/// that says so (``DeletionError/isUnsupported``).
package struct XRootBackend: Backend {
  /// `xroot`.
  package static let name = "xroot"

  /// Its name in the registry.
  package var name: String { Self.name }
  /// How many files a call takes.
  package let traits = BackendTraits(
    batchLimit: 1000, pacesItself: true, announcesFiles: true, removesDirectories: true)

  /// What an instance needs of its surroundings.
  package struct Configuration: Sendable {
    /// How hard endpoints may be worked.
    package var pacer: any RequestPacer
    /// What they are shown of us.
    package var credentials: any CredentialProvider
    /// The directory of certification authorities, with OpenSSL's hashed names.
    package var certificateDirectory: String
    /// How long a server may say nothing while answers are due.
    package var answerLimit: Duration
    /// The hosts that the site's configuration names.
    package var storageHosts: StorageHosts
    /// Hears what a server is shown, at each login.
    package var onCredentialShown: @Sendable (CredentialUse) -> Void
    /// Hears, once an endpoint, what the report has to say of it, in one line.
    package var onNotice: @Sendable (String) -> Void
    /// What was written later stays. Then each file is asked for by `kXR_stat`, as `kXR_statx` tells no times.
    package var ageLimit: AgeLimit?

    package init(
      pacer: any RequestPacer, credentials: any CredentialProvider, certificateDirectory: String,
      answerLimit: Duration = .seconds(30), storageHosts: StorageHosts = StorageHosts(),
      ageLimit: AgeLimit? = nil,
      onCredentialShown: @escaping @Sendable (CredentialUse) -> Void = { _ in },
      onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.storageHosts = storageHosts
      self.ageLimit = ageLimit
      self.onCredentialShown = onCredentialShown
      self.onNotice = onNotice
      self.answerLimit = answerLimit
      self.pacer = pacer
      self.credentials = credentials
      self.certificateDirectory = certificateDirectory
    }
  }

  private let connector: XRootConnector

  /// Makes the backend.
  /// - Parameters:
  ///   - time: The clock that deadlines are given on.
  ///   - configuration: What it needs of its surroundings.
  package init(time: any TimeSource, configuration: Configuration) {
    self.init(
      time: time, configuration: configuration, limits: XRootLimits(answer: configuration.answerLimit))
  }

  init(
    time: any TimeSource, configuration: Configuration, limits: XRootLimits,
    resolve: @escaping NameResolution.Resolver = NameResolution.resolve
  ) {
    connector = XRootConnector(
      configuration: configuration, time: time, limits: limits, resolve: resolve,
      // Servers without TLS can do without it; the others then say why they cannot be used.
      tls: try? TLSContext(certificateDirectory: configuration.certificateDirectory))
  }

  /// Deletes files or removes empty directories.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    var spellings = Spellings(count: batch.targets.count)
    var (paths, indices): ([[UInt8]], [Int]) = ([], [])
    var origin: XRootServer?
    let endpoint = batch.targets.first?.pfn.endpoint ?? ""
    for (index, target) in batch.targets.enumerated() {
      do throws(InexactName) {
        guard target.endpoint == endpoint else { throw InexactName(reason: "it is of another endpoint") }
        let address = try XRootAddress(target, allowsSecrets: true)
        if origin == nil { origin = try XRootServer(target.pfn, requiresTLS: address.isSecure) }
        guard spellings.isFirst(index, ExactName(address.text)) else { continue }
        paths.append(Array(address.text.utf8))
        indices.append(index)
      } catch {
        observer.answered(index, Answer(.failed(error.error)))
      }
    }
    guard let origin else { return }
    let facts = connector.pool.facts(at: endpoint)
    await XRootRun(
      connector: connector, endpoint: endpoint, origin: origin, paths: paths, indices: indices,
      batch: batch, observer: spellings.observer(observer),
      notice: { notice in
        if facts.isNew(notice) { connector.configuration.onNotice(notice.text(endpoint)) }
      })()
  }
}
