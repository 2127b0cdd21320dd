/// Hands records on, and notes which directories their files leave behind. Memory grows with the number of
/// directories, not of files.
public actor PruneRecorder: RunRecorder {
  private let inner: any RunRecorder
  private let resolver: Resolver
  private var plans: [String: PrunePlan] = [:]
  /// The last file that went into a plan: most are neighbours of the one before.
  private var last: FileRecord?

  /// Makes a recorder in front of another.
  public init(around inner: any RunRecorder, resolver: Resolver) {
    self.inner = inner
    self.resolver = resolver
  }

  /// Hands them on.
  public func record(_ records: [FileRecord]) async {
    for record in records { note(record) }
    await inner.record(records)
  }

  private func note(_ record: FileRecord) {
    guard record.outcome == .deleted || record.outcome == .absent, let endpoint = record.endpoint else {
      return
    }
    if let last, Self.areNeighbours(last, record) { return }
    last = record
    plans[endpoint, default: PrunePlan(resolver: resolver)].add(record)
  }

  /// Whether both were in one directory, so that the second adds nothing.
  private static func areNeighbours(_ left: FileRecord, _ right: FileRecord) -> Bool {
    guard left.route == right.route, left.backend == right.backend, let first = left.pfn,
      let second = right.pfn, let end = folderEnd(first), end == folderEnd(second),
      ExactName.samePrefix(first, second, count: end), let above = folderEnd(left.lfn),
      above == folderEnd(right.lfn)
    else { return false }
    return ExactName.samePrefix(left.lfn, right.lfn, count: above)
  }

  /// Where the last slash is, in bytes.
  private static func folderEnd(_ path: String) -> Int? {
    let bytes = path.utf8
    return bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.distance(from: bytes.startIndex, to: $0) }
  }

  /// What is to be pruned, by endpoint. It is handed out once.
  func takePlans() -> [String: PrunePlan] {
    defer { plans = [:] }
    return plans
  }
}
