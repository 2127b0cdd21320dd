import Synchronization

/// What the journal, and whoever follows the run, are told of one parcel while it is worked on and at its end.
struct ParcelNotes: Sendable {
  private final class Members: Sendable {
    let states: Mutex<[State]>
    init(count: Int) { states = Mutex(Array(repeating: State(), count: count)) }
  }

  private struct State {
    /// Where it stands in the journal that requests for it are about to be sent.
    var begun = RouteSet()
    /// Whether its end stands there.
    var isSettled = false
  }

  private let journal: Journal?
  private let progress: RunProgress?
  private let members: Members

  /// Nil where nobody is to be told.
  init?(_ journal: Journal?, _ progress: RunProgress?, count: Int) {
    if journal == nil, progress == nil { return nil }
    self.journal = journal
    self.progress = progress
    members = Members(count: count)
  }

  /// Follows a call.
  ///
  /// - Parameters:
  ///   - walks: the parcel, as it is before the call.
  ///   - chosen: those of it that the call is for.
  ///   - errands: for each of those, the errand that is done for it.
  func watch(_ walks: [PlaceWalk], _ chosen: [Int], _ errands: [Int], _ count: Int) -> Retrier.Watch {
    var owners = [[Int]](repeating: [], count: count)
    for (member, errand) in zip(chosen, errands) { owners[errand].append(member) }
    return Retrier.Watch { [journal, members, owners] begun in
      guard let journal else { return true }
      var fresh: [Int: [Int]] = [:]
      members.states.withLock { states in
        for member in begun.flatMap({ owners[$0] }) {
          guard let route = walks[member].place?.route, !states[member].begun.contains(route) else {
            continue
          }
          states[member].begun.insert(route)
          fresh[route, default: []].append(walks[member].position)
        }
      }
      return fresh.allSatisfy { route, positions in journal.begin(positions, on: route) }
    } settled: { [journal, progress, members, owners] errand, result in
      for member in owners[errand] {
        var walk = walks[member]
        walk.receive(result)
        guard walk.place == nil, walk.isFinal else { continue }
        let isFirst = members.states.withLock { states in
          defer { states[member].isSettled = true }
          return !states[member].isSettled
        }
        guard isFirst else { continue }
        journal?.add(JournalEntry(walk))
        progress?.add(walk.record(stopped: nil).outcome)
      }
    }
  }

  /// What was said of its progress is now in the sums of the run.
  func recorded(_ walks: [PlaceWalk]) {
    guard let progress else { return }
    let states = members.states.withLock { $0 }
    var counts = OutcomeCounts()
    for (walk, state) in zip(walks, states) where state.isSettled {
      counts[walk.record(stopped: nil).outcome] += 1
    }
    progress.remove(counts)
  }

  /// Writes down what does not stand there yet. What was about to be sent and never was is taken back.
  func finish(_ walks: [PlaceWalk]) {
    guard let journal else { return }
    let states = members.states.withLock { $0 }
    for (walk, state) in zip(walks, states) where !state.isSettled && !state.begun.isEmpty {
      journal.add(JournalEntry(walk))
    }
  }
}
