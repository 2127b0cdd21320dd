import FoundationEssentials

/// The variables of this process.
enum ProcessEnvironment {
  /// All of them.
  static var current: [String: String] { ProcessInfo.processInfo.environment }
}
