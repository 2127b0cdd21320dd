import DeletionModel

/// What a tool calls a file.
protocol ToolName {
  init(_ target: DeletionTarget) throws(InexactName)
  /// The same for two targets that are one file.
  var key: ExactName { get }
}

extension Batch {
  /// Answers all targets once a tool has been given those that it has an exact name for. Each carries the mean time.
  /// - Parameter work: what the tool made of the names, by their keys; those that are missing were not tried.
  func answer<Name: ToolName>(
    _ observer: any BatchObserver, _ time: any TimeSource, work: ([Name]) async -> [ExactName: Answer.Kind]
  ) async {
    let start = time.now()
    var spellings = Spellings(count: targets.count)
    var (names, indices): ([Name], [Int]) = ([], [])
    for (index, target) in targets.enumerated() {
      do throws(InexactName) {
        let name = try Name(target)
        guard spellings.isFirst(index, name.key) else { continue }
        names.append(name)
        indices.append(index)
      } catch {
        observer.answered(index, Answer(.failed(error.error)))
      }
    }
    let found = await work(names)
    let seconds = (time.now() - start).inSeconds / Double(max(1, names.count))
    let all = spellings.observer(observer)
    for (index, name) in zip(indices, names) {
      all.answered(index, Answer(found[name.key] ?? .failed(.notTried), seconds: seconds))
    }
  }
}
