extension Backend {
  /// None can be removed.
  public func remove(emptyDirectories targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    targets.map { _ in Answer(.failed(.directoriesStay("\(name) does not remove directories"))) }
  }
}

extension DeletionError {
  private static let directoriesStayCode = "directories stay"

  /// Nothing is known at this endpoint that would remove a directory only where it is empty: all of them stay, and
  /// there is no need to ask for another one.
  public static func directoriesStay(_ reason: String) -> DeletionError {
    DeletionError(.permanent, code: directoriesStayCode, message: reason)
  }

  /// Whether it says that all directories of the endpoint stay.
  public var keepsDirectories: Bool { code == Self.directoriesStayCode }

  /// What was to be removed as an empty directory is something else.
  public static let isNoDirectory = DeletionError(
    .permanent, code: "ENOTDIR", message: "not sent: it is no directory")
}
