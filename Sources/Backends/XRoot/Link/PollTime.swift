/// Durations as poll(2) takes them.
enum PollTime {
  /// Rounded up: a poll of zero milliseconds would spin through the last one. At most a minute.
  static func milliseconds(_ duration: Duration) -> Int32 {
    Int32(max(0, min(duration / .milliseconds(1) + 1, 60_000)))
  }
}
