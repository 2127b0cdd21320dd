import DeletionModel
import Synchronization
import Networking

/// The hosts that a site's configuration names as its storage: they belong together, whatever their domains are.
package final class StorageHosts: Sendable {
  private let names = Mutex<Set<String>>([])

  /// Knows none yet.
  package init() {}

  /// Adds the host of an endpoint such as `davs://host:port`.
  package func add(endpoint: String) {
    let parts = endpoint.split(separator: "://", maxSplits: 1)
    guard parts.count == 2,
      let address = try? EndpointAddress(scheme: String(parts[0]), authority: String(parts[1]))
    else { return }
    names.withLock { _ = $0.insert(address.host.lowercased()) }
  }

  /// Whether a server that an endpoint has sent us to belongs to the same storage, so that it may be shown the token that
  /// is meant for the endpoint: it is in the same domain (``StorageDomain``), or the site's configuration names it.
  package func areSameStorage(_ host: String, _ endpointHost: String) -> Bool {
    StorageDomain.isSame(host, endpointHost) || names.withLock { $0.contains(host.lowercased()) }
  }
}

/// Whether two hosts belong to the same storage, so that a token which was meant for one may be shown to the other.
///
/// They do where their registrable domains are the same: the last two labels of a name (`cern.ch`), or the last three
/// where the last is a country and the second to last one of the labels under which countries register organisations
/// (`ac.uk`, `edu.cn`). The public suffix list is not used: it grows old in a static executable, and a storage's hosts
/// all have a name of their institute. Addresses, and names of one label, must be equal.
package enum StorageDomain {
  /// Labels under which countries register names.
  private static let secondLevels: Set<String> = [
    "ac", "co", "com", "edu", "ernet", "go", "gob", "gov", "gub", "mil", "ne", "net", "nic", "or", "org",
    "re", "res",
    "sci",
  ]

  /// Whether a host is in the registrable domain of the other.
  package static func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (canonical(left), canonical(right))
    if left == right { return !left.isEmpty }
    guard let domain = registrable(left) else { return false }
    return domain == registrable(right)
  }

  /// The registrable domain of a name; nil for an address, and for a name that is itself one under which others are
  /// registered.
  package static func registrable(_ host: String) -> String? {
    let host = canonical(host)
    if host.contains(":") { return nil }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, !labels.contains(where: \.isEmpty), let last = labels.last,
      !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let isCountry = last.utf8.count == 2
    let count = isCountry && secondLevels.contains(String(labels[labels.count - 2])) ? 3 : 2
    guard labels.count >= count else { return nil }
    return labels.suffix(count).joined(separator: ".")
  }

  private static func canonical(_ host: String) -> String {
    let host = host.lowercased()
    return host.last == "." ? String(host.dropLast()) : host
  }
}
