import OrderedCollections

/// Collects files that go to the same backend and endpoint until there are enough of them for one call.
struct ParcelSorter {
  private struct Key: Hashable {
    let backend: String
    let endpoint: String
  }

  /// In the order in which the endpoints came up, so that a run does the same thing twice.
  private var open: OrderedDictionary<Key, [PlaceWalk]> = [:]

  /// Adds a file to its parcel; the parcel when that is full.
  mutating func add(_ walk: PlaceWalk) -> [PlaceWalk]? {
    guard let place = walk.place else { return nil }
    let key = Key(backend: place.backend.name, endpoint: place.target.pfn.endpoint)
    open[key, default: []].append(walk)
    guard let parcel = open[key], parcel.count >= place.backend.traits.batchLimit else { return nil }
    open[key] = []
    return parcel
  }

  /// What is left in unfilled parcels.
  mutating func rest() -> [[PlaceWalk]] {
    defer { open = [:] }
    return open.values.filter { !$0.isEmpty }
  }
}
