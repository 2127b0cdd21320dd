import ByteStreams
import FoundationEssentials

/// This machine.
enum ThisHost {
  static let name = ProcessInfo.processInfo.hostName

  /// A process of this machine.
  struct Process: Sendable, Equatable {
    /// When it began, in ticks since the kernel's own start.
    var start: String
    /// Whether it is over, and only its parent has not asked for its end yet: in a container perhaps nobody ever does.
    var hasEnded: Bool
  }

  /// What the kernel knows of a process (proc(5), /proc/pid/stat, fields 3 and 22); nil where that can't be read.
  static func process(_ pid: Int32) -> Process? {
    guard let bytes = try? FileSource.contents(of: "/proc/\(pid)/stat", limit: 4096),
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    // The name before it may have blanks and brackets; the third field comes next.
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19 else { return nil }
    let state = String(decoding: fields[0], as: UTF8.self)
    return Process(
      start: String(decoding: fields[19], as: UTF8.self), hasEnded: ["Z", "X", "x"].contains(state))
  }

  /// A random number that the kernel makes at its start; empty where it tells none.
  static let boot: String = {
    let bytes = try? FileSource.contents(of: "/proc/sys/kernel/random/boot_id", limit: 100)
    return String(decoding: bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace }
  }()
}
