/// Takes the files of one parcel through their places and records what became of them.
struct ParcelWorker: Sendable {
  let walks: [PlaceWalk]
  let backends: [String: any Backend]
  let retrier: Retrier
  let deadline: Deadline
  let stop: StopSignal
  let recorder: any RunRecorder
  let journal: Journal?

  /// Does the work; returns how many files there were.
  func work() async -> Int {
    var walks = walks
    let notes = journal.map { ParcelJournal($0, count: walks.count) }
    while true {
      let parcels = Self.parcels(of: walks)
      guard !parcels.isEmpty else { break }
      for parcel in parcels {
        guard let backend = backends[parcel.backend] else { continue }
        let (errands, positions) = Self.distinct(parcel.members.compactMap { walks[$0].errand })
        let watch = notes?.watch(walks, parcel.members, positions, errands.count)
        let results = await retrier.delete(errands, with: backend, deadline: deadline, watch: watch)
        for (member, position) in zip(parcel.members, positions) { walks[member].receive(results[position]) }
      }
    }
    // Those who watch the clock may not have noticed yet.
    if deadline.hasPassed(on: retrier.time) { stop.stop(.deadline) }
    notes?.finish(walks)
    let reason = stop.reason
    await recorder.record(walks.map { $0.record(stopped: reason) })
    return walks.count
  }

  /// Each file once, and for each given errand its position among those: a name that is listed twice gets the
  /// same answer twice, and backends need not know of it.
  private static func distinct(_ errands: [Retrier.Errand]) -> ([Retrier.Errand], [Int]) {
    var seen: [ExactName: Int] = [:]
    var distinct: [Retrier.Errand] = []
    let positions = errands.map { errand in
      let key = ExactName(errand.target.pfn.text)
      if let position = seen[key] {
        if errand.mayBeGone { distinct[position].mayBeGone = true }
        return position
      }
      seen[key] = distinct.count
      distinct.append(errand)
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
