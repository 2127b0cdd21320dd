/// Takes the files of one parcel through their places and records what became of them.
struct ParcelWorker: Sendable {
  let walks: [PlaceWalk]
  let backends: [String: any Backend]
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
        guard let backend = backends[parcel.backend] else { continue }
        let (targets, positions) = Self.distinct(parcel.members.compactMap { walks[$0].place?.target })
        let results = await retrier.delete(targets, with: backend, deadline: deadline)
        for (member, position) in zip(parcel.members, positions) { walks[member].receive(results[position]) }
      }
    }
    // Those who watch the clock may not have noticed yet.
    if deadline.hasPassed(on: retrier.time) { stop.stop(.deadline) }
    let reason = stop.reason
    await recorder.record(walks.map { $0.record(stopped: reason) })
    return walks.count
  }

  /// Each file once, and for each given target its position among those: a name that is listed twice gets the
  /// same answer twice, and backends need not know of it.
  private static func distinct(_ targets: [DeletionTarget]) -> ([DeletionTarget], [Int]) {
    var seen: [ExactName: Int] = [:]
    var distinct: [DeletionTarget] = []
    let positions = targets.map { target in
      let key = ExactName(target.pfn.text)
      if let position = seen[key] { return position }
      seen[key] = distinct.count
      distinct.append(target)
      return distinct.count - 1
    }
    return (distinct, positions)
  }

  private struct Parcel {
    var backend: String
    var members: [Int]
  }

  /// The files that still have a place to go, by backend and endpoint, in calls of the backend's size.
  private static func parcels(of walks: [PlaceWalk]) -> [Parcel] {
    var sorter: [String: Int] = [:]
    var parcels: [Parcel] = []
    for (index, walk) in walks.enumerated() {
      guard let place = walk.place else { continue }
      let key = "\(place.backend.name) \(place.target.pfn.endpoint)"
      if let open = sorter[key], parcels[open].members.count < place.backend.traits.batchLimit {
        parcels[open].members.append(index)
      } else {
        sorter[key] = parcels.count
        parcels.append(Parcel(backend: place.backend.name, members: [index]))
      }
    }
    return parcels
  }
}
