import OrderedCollections

/// Collects what goes to the same backend and endpoint until there is enough of it for one call.
struct ParcelSorter<Item> {
  private struct Key: Hashable {
    let backend: String
    let endpoint: String
  }

  /// In the order in which the endpoints came up, so that a run does the same thing twice.
  private var open: OrderedDictionary<Key, [Item]> = [:]
  /// Where the last one went. Most go where the one before them went.
  private var last: (key: Key, index: Int)?

  /// Adds something that goes to a place; the parcel when that is full.
  mutating func add(_ item: Item, to place: Resolution.Place) -> [Item]? {
    let key = Key(backend: place.backend.name, endpoint: place.target.pfn.endpoint)
    let index: Int
    if let last, last.key == key {
      index = last.index
    } else {
      index = open.index(forKey: key) ?? open.count
      if index == open.count { open[key] = [] }
      last = (key, index)
    }
    let limit = place.backend.traits.batchLimit
    // Where it grows bit by bit, all of it is copied each time.
    if open.values[index].isEmpty { open.values[index].reserveCapacity(min(limit, 1000)) }
    open.values[index].append(item)
    guard open.values[index].count >= limit else { return nil }
    let parcel = open.values[index]
    open.values[index] = []
    return parcel
  }

  /// What is left in unfilled parcels.
  mutating func rest() -> [[Item]] {
    defer {
      open = [:]
      last = nil
    }
    return open.values.filter { !$0.isEmpty }
  }
}
