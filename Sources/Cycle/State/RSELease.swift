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
    host = ThisHost.name
    pid = getpid()
    boot = ThisHost.boot
    processStart = ThisHost.process(pid)?.start
    taken = now.formatted(.iso8601)
    expires = now.addingTimeInterval(seconds).formatted(.iso8601)
  }

  /// What came of trying.
  package enum Outcome: Sendable, Equatable {
    case taken
    case others(RSELease)
    /// It can't be read. It counts for a day from when it was written.
    case unreadable
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
    return Self.read(directory.lease).map { .others($0) } ?? .unreadable
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
    guard host == ThisHost.name else { return false }
    // Its machine was started anew, or its process is gone, perhaps with another one in its place.
    if boot != ThisHost.boot || (kill(pid, 0) != 0 && errno == ESRCH) { return true }
    guard let found = ThisHost.process(pid) else { return false }
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
