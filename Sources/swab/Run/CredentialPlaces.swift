import Backends
import Deletion

extension SiteSetup {
  /// Where a name leads to, by every entry that can be used; local places need no credential.
  func places(of lfn: String) -> [TokenScopes.Place] {
    routes.compactMap { route in
      guard case .pfn(let text) = route.map(lfn), let pfn = PFN(text), pfn.scheme != "file" else {
        return nil
      }
      return TokenScopes.Place(endpoint: pfn.endpoint, lfn: lfn, storagePath: pfn.storagePath)
    }
  }
}
