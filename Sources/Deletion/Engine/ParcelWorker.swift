/// Takes the files of one parcel through their places and records what became of them.
struct ParcelWorker: Sendable {
  let walks: [PlaceWalk]
  let backends: LayeredBackends
  let retrier: Retrier
  let deadline: Deadline
  let stop: StopSignal
  let recorder: any RunRecorder

  /// Does the work; returns how many files there were.
  func work() async -> Int {
    var walks = walks
    while true {
      let parcels = Self.parcels(of: walks)
      guard !parcels.isEmpty else { break }
      for parcel in parcels {
        let places = parcel.compactMap { walks[$0].place }
        guard let backend = places.first?.backend else { continue }
        let (targets, positions) = Self.distinct(places)
        let results = await retrier.delete(targets, with: backends.layered(backend), deadline: deadline)
        for (member, position) in zip(parcel, positions) { walks[member].receive(results[position]) }
      }
    }
    // Those who watch the clock may not have noticed yet.
    if deadline.hasPassed(on: retrier.time) { stop.stop(.deadline) }
    let reason = stop.reason
    await recorder.record(walks.map { $0.record(stopped: reason) })
    return walks.count
  }

  /// Each file once, and for each given place its position among those: a name that is listed twice gets the
  /// same answer twice, and backends need not know of it.
  private static func distinct(_ places: [Resolution.Place]) -> ([DeletionTarget], [Int]) {
    var seen: [ExactName: Int] = Dictionary(minimumCapacity: places.count)
    var distinct: [DeletionTarget] = []
    distinct.reserveCapacity(places.count)
    let positions = places.map { place in
      let name = ExactName(place.target.pfn.text)
      if let position = seen.updateValue(distinct.count, forKey: name) {
        seen[name] = position
        return position
      }
      distinct.append(place.target)
      return distinct.count - 1
    }
    return (distinct, positions)
  }

  /// The files that still have a place to go, by backend and endpoint, in calls of the backend's size.
  private static func parcels(of walks: [PlaceWalk]) -> [[Int]] {
    var sorter = ParcelSorter<Int>()
    var parcels: [[Int]] = []
    for index in walks.indices {
      guard let place = walks[index].place else { continue }
      if let parcel = sorter.add(index, to: place) { parcels.append(parcel) }
    }
    return parcels + sorter.rest()
  }
}
