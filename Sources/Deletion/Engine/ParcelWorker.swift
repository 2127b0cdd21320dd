import Synchronization

/// Takes the files of one parcel through their places and records what became of them.
struct ParcelWorker: Sendable {
  let parcel: Parcel
  let backends: LayeredBackends
  let retrier: Retrier
  let deadline: Deadline
  let stop: StopSignal
  let recorder: any RunRecorder
  let journal: Journal?
  let progress: RunProgress?

  /// The files, until the work begins.
  final class Parcel: Sendable {
    /// How many files there are, and where they go first.
    let size: FilesUnderWay.Parcel
    private let walks: Mutex<[PlaceWalk]>

    init(_ walks: [PlaceWalk]) {
      size = .init(endpoint: walks.first?.place?.target.pfn.endpoint ?? "", files: walks.count)
      self.walks = Mutex(walks)
    }

    /// Hands them over: whoever changes them must not have to copy all of them.
    func take() -> [PlaceWalk] {
      walks.withLock { walks in
        defer { walks = [] }
        return walks
      }
    }
  }

  /// Does the work.
  func work() async -> FilesUnderWay.Parcel {
    var walks = parcel.take()
    let notes = ParcelNotes(journal, progress, count: walks.count)
    while true {
      let parcels = Self.parcels(of: walks)
      guard !parcels.isEmpty else { break }
      for parcel in parcels {
        guard let backend = walks[parcel[0]].place?.backend else { continue }
        let (errands, positions) = Self.distinct(parcel.compactMap { walks[$0].errand })
        let watch = notes?.watch(walks, parcel, positions, errands.count)
        let results = await retrier.delete(
          errands, with: backends.layered(backend), deadline: deadline, watch: watch)
        for (member, position) in zip(parcel, positions) { walks[member].receive(results[position]) }
      }
    }
    // Those who watch the clock may not have noticed yet.
    if deadline.hasPassed(on: retrier.time) { stop.stop(.deadline) }
    notes?.finish(walks)
    let reason = stop.reason
    await recorder.record(walks.map { $0.record(stopped: reason) })
    notes?.recorded(walks)
    return parcel.size
  }

  /// Each file once, and for each given errand its position among those: a name that is listed twice gets the
  /// same answer twice, and backends need not know of it.
  private static func distinct(_ errands: [Retrier.Errand]) -> ([Retrier.Errand], [Int]) {
    var seen: [ExactName: Int] = Dictionary(minimumCapacity: errands.count)
    var distinct: [Retrier.Errand] = []
    distinct.reserveCapacity(errands.count)
    let positions = errands.map { errand in
      let key = ExactName(errand.target.pfn.text)
      if let position = seen.updateValue(distinct.count, forKey: key) {
        seen[key] = position
        if errand.mayBeGone { distinct[position].mayBeGone = true }
        return position
      }
      distinct.append(errand)
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
