import ByteStreams
import Campaign
import FoundationEssentials
import Glibc

/// Whose pass works on an RSE: a file that is there or not, also on a file system that several machines share.
///
/// It is put into its place by `link`, which is atomic on NFS as well. It counts until its time is over, or until the
/// process that took it is certainly no more. What guards against the rest is HTCondor: jobs of the RSE that live already
/// prevent a submission.
package struct RSELease: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.cycle-lease/1"

  package var schema = RSELease.schema
  package var host: String
  package var pid: Int32
  /// Which start of the machine.
  package var boot: String
  /// When the process began, as the kernel counts: another one may have its number by now. Nil where it can't be known.
  package var processStart: String?
  /// ISO 8601.
  package var taken: String
  package var expires: String

  /// A lease of this process.
  package init(now: Date, seconds: Double) {
    host = Machine.name
    pid = getpid()
    boot = Machine.boot
    processStart = Machine.process(pid)?.start
    taken = now.formatted(.iso8601)
    expires = now.addingTimeInterval(seconds).formatted(.iso8601)
  }

  /// What came of trying.
  package enum Outcome: Sendable, Equatable {
    case taken
    case others(RSELease)
  }

  /// Takes it. Throws ``CampaignError``, `FileError`.
  package func take(_ directory: RSEDirectory, now: Date) throws -> Outcome {
    let own = hidden(directory)
    try CampaignFiles.write(self, to: own)
    defer { unlink(own) }
    for _ in 0..<5 {
      if link(own, directory.lease) == 0 { return .taken }
      guard errno == EEXIST else {
        throw CampaignError(
          .cannotReport, "\(directory.lease) cannot be made: \(String(cString: strerror(errno)))")
      }
      guard let found = Self.read(directory.lease) else {
        // It was given back at this moment; or it can't be read, and then its age decides.
        if !Self.isOld(directory.lease, now: now) { usleep(20_000) } else { unlink(directory.lease) }
        continue
      }
      if !found.isOver(now: now) { return .others(found) }
      try Self.putAway(found, directory, as: hidden(directory))
    }
    return .others(Self.read(directory.lease) ?? self)
  }

  /// A name of its own for a file that nobody else is to see: a kill leaves it to `LeftBehind`.
  private func hidden(_ directory: RSEDirectory) -> String {
    "\(directory.path)/.lease.\(host).\(pid).\(UInt32.random(in: 0...UInt32.max)).tmp"
  }

  /// Whether it is still this process's. To be asked before anything that must not be done twice.
  package func isHeld(_ directory: RSEDirectory, now: Date) -> Bool {
    Self.read(directory.lease) == self && now < (Date(iso8601: expires) ?? .distantPast)
  }

  /// Gives it back.
  package func giveBack(_ directory: RSEDirectory) {
    if Self.read(directory.lease) == self { unlink(directory.lease) }
  }

  /// Whether nobody works under it any more.
  func isOver(now: Date) -> Bool {
    guard let end = Date(iso8601: expires), now < end else { return true }
    guard host == Machine.name else { return false }
    // Its machine was started anew, or its process is gone, perhaps with another one in its place.
    if boot != Machine.boot || (kill(pid, 0) != 0 && errno == ESRCH) { return true }
    guard let found = Machine.process(pid) else { return false }
    return found.hasEnded || (processStart.map { $0 != found.start } ?? false)
  }

  /// Moves a lease that is over out of the way. Where another one was quicker, it is put back.
  private static func putAway(_ found: RSELease, _ directory: RSEDirectory, as path: String) throws {
    guard rename(directory.lease, path) == 0 else { return }
    if read(path) != found { _ = link(path, directory.lease) }
    unlink(path)
  }

  private static func read(_ path: String) -> RSELease? { try? CampaignFiles.read(path, schema) }

  private static func isOld(_ path: String, now: Date) -> Bool {
    let found = try? FileManager.default.attributesOfItem(atPath: path)
    guard let changed = found?[.modificationDate] as? Date else { return false }
    return now.timeIntervalSince(changed) > 86_400
  }
}

/// This machine.
enum Machine {
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
