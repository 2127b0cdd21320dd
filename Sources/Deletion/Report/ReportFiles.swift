/// Which files a report names one by one.
public enum ReportFiles: String, Sendable, CaseIterable {
  /// Every file.
  case all
  /// Those that are not gone.
  case failed
  /// None; `steps` is left out as well.
  case none
}
