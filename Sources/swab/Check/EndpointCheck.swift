import Backends
import DeletionModel
import Networking

/// One storage endpoint of the site, asked what the allowed root is.
struct EndpointCheck: Sendable {
  /// The root at the storage; its LFN has no slash at the end.
  let directory: DeletionTarget
  /// The backend that its entry comes to.
  let backend: String
  /// Whether something listens there; nil when nobody asked.
  private(set) var reach: EndpointFinding?
  /// What it says of the root; nil when nobody asked, and when nothing listens.
  private(set) var inspection: Inspection?
  /// Which credential it was shown; nil for files of this machine, and when nothing was asked.
  private(set) var credential: CredentialSummary?

  /// Behind a root: a name in it.
  static let probeName = "/" + AllowedRoots.probeName

  /// The allowed roots as LFNs of directories.
  static func roots(_ allowed: AllowedRoots) -> [String] {
    allowed.texts.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
  }

  /// `scheme://host:port`, or the directory of a mounted file system.
  var name: String {
    directory.pfn.scheme == "file" ? "file://" + directory.pfn.path : directory.pfn.endpoint
  }

  /// Whether it is on the network and takes credentials.
  var takesCredentials: Bool { !["file", "http", "dav"].contains(directory.pfn.scheme) }

  /// Whether nothing listens there.
  var isDead: Bool { reach.map { $0.state != .answers && $0.state != .nothingToProbe } ?? false }

  /// All endpoints of a site, asked at the same time, so that several dead ones cost no more than one.
  static func all(
    _ setup: SiteSetup, roots: [String], _ uses: CredentialUses, _ time: any TimeSource, timeLimit: Duration,
    isOffline: Bool
  ) async -> [EndpointCheck] {
    var checks: [(check: EndpointCheck, backend: any Backend)] = []
    for route in setup.routes {
      for root in roots {
        guard case .pfn(let text) = route.map(root + probeName),
          let pfn = directory(of: text), case .success(let backend) = route.backend(pfn)
        else { continue }
        let check = EndpointCheck(
          directory: DeletionTarget(lfn: root, pfn: pfn), backend: backend.name)
        let isNew = !checks.contains {
          $0.check.directory == check.directory && $0.check.backend == check.backend
        }
        if isNew { checks.append((check, backend)) }
      }
    }
    if isOffline { return checks.map(\.check) }
    return await withTaskGroup(of: (Int, EndpointCheck).self) { group in
      for (index, (check, backend)) in checks.enumerated() {
        group.addTask { (index, await check.asked(by: backend, uses, time, timeLimit)) }
      }
      var done = checks.map(\.check)
      for await (index, check) in group { done[index] = check }
      return done
    }
  }

  /// The directory that the PFN of the probe's name is in; with parameters behind the name, too.
  private static func directory(of text: String) -> PFN? {
    guard let name = text.firstRange(of: probeName) else { return nil }
    return PFN(String(text[..<name.lowerBound] + text[name.upperBound...]))
  }

  private func asked(
    by backend: any Backend, _ uses: CredentialUses, _ time: any TimeSource, _ timeLimit: Duration
  ) async -> EndpointCheck {
    var check = self
    let pfn = directory.pfn
    check.reach = await EndpointProbe.probe(
      scheme: pfn.scheme, authority: pfn.authority, timeout: timeLimit)
    if check.isDead { return check }
    let found = await backend.inspect(
      directory, deadline: Deadline.none.within(timeLimit, of: time))
    check.inspection = found
    check.credential = uses.summary(backend: found.backend, endpoint: pfn.endpoint)
    return check
  }
}
