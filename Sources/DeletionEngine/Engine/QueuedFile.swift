import DeletionModel
import RunJournal

/// An open file between two attempts: in the queue of its endpoint, or in a batch in flight.
///
/// Most files have not been tried, and of them there is no more to know than their replicas. What is known of the others
/// is one reference, so that queues and batches of thousands of files hold and copy 40 bytes for each and not 230.
struct QueuedFile: Sendable {
  private indirect enum Past: Sendable {
    case none
    case some(FileState)
  }

  let resolution: Resolution
  /// Its position in the lists, from 0.
  let position: Int
  /// The routes for which the journal says that requests are about to be sent.
  var begun: RouteSet
  /// See ``FileState/needsOwnBatch``.
  let needsOwnBatch: Bool
  private let index: Int
  private let past: Past

  /// A file that has not been tried.
  init(_ resolution: Resolution, position: Int) {
    self.resolution = resolution
    self.position = position
    begun = RouteSet()
    needsOwnBatch = false
    index = 0
    past = .none
  }

  /// A file that has been tried, in this run or in an earlier one.
  init(_ file: FileState) {
    resolution = file.resolution
    position = file.position
    begun = file.begun
    needsOwnBatch = file.needsOwnBatch
    index = file.index
    past = .some(file)
  }

  /// The file at the replica to try.
  var target: DeletionTarget? { hasReplica ? resolution.replicas[index].target : nil }
  /// The route of that replica.
  var route: Int? { hasReplica ? resolution.replicas[index].route : nil }

  private var hasReplica: Bool { index < resolution.replicas.count }

  /// What is known of it.
  var state: FileState {
    guard case .some(var file) = past else {
      return FileState(resolution, position: position, begun: begun)
    }
    file.begun = begun
    return file
  }
}
