import ByteStreams
import FoundationEssentials
import Glibc

/// What processes that were killed have left in directories of ours: files under their hidden names, `.NAME.PID.NUMBER.tmp`,
/// which `AtomicFile` and whoever writes like it give them until they are whole.
package enum LeftBehind {
  /// How long ago a hidden file must have been written last, in seconds, before it counts as left behind: longer than
  /// anything is written, also on another machine.
  private static let age = 86_400.0

  /// Removes it from a directory. What can't be removed stays, and so does what a process of this machine may be writing.
  package static func remove(in directory: String, now: Date = Date()) {
    for (name, pid) in hidden(in: directory) where pid == getpid() || !isAlive(pid) {
      removeFile("\(directory)/\(name)") { now.timeIntervalSince($0) > age }
    }
  }

  /// Removes it from a campaign's directory and from those of its rounds and its payload, and what was to become a
  /// macaroon at once: see ``removeMacaroons(from:_:)``.
  package static func remove(from directory: CampaignDirectory, now: Date = Date()) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    let rounds = names.filter { $0.hasPrefix("round-") }.map { "\(directory.path)/\($0)" } + [directory.path]
    if rounds.contains(where: { !macaroons(in: $0).isEmpty }), let lock = try? SubmissionLock(directory) {
      for round in rounds { removeMacaroons(from: round, lock) }
    }
    for parent in rounds + [directory.payload] { remove(in: parent, now: now) }
  }

  /// Removes what a killed `submit` has left of a round's macaroon. It is written under the campaign's lock only, so that
  /// none of it is in use; where the file system has no locks, it stays for a day as everything else does.
  static func removeMacaroons(from round: String, _ lock: SubmissionLock) {
    guard lock.isHeld else { return }
    for name in macaroons(in: round) { removeFile("\(round)/\(name)") { _ in true } }
  }

  private static func macaroons(in round: String) -> [String] {
    let start = ".\(JobDirectory.Name.macaroon)."
    return hidden(in: round).map(\.name).filter { $0.hasPrefix(start) }
  }

  /// The hidden files of a directory, and which process made each.
  private static func hidden(in directory: String) -> [(name: String, pid: Int32)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("."), name.hasSuffix(".tmp") else { return nil }
      let parts = name.dropFirst().dropLast(4).split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count > 2, UInt32(parts[parts.count - 1]) != nil, let pid = Int32(parts[parts.count - 2]),
        pid > 0
      else { return nil }
      return (name, pid)
    }
  }

  private static func removeFile(_ path: String, where isOld: (Date) -> Bool) {
    guard let found = try? FileManager.default.attributesOfItem(atPath: path),
      found[.type] as? FileAttributeType == .typeRegular,
      let changed = found[.modificationDate] as? Date, isOld(changed)
    else { return }
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Whether a process of this machine has the number. It may be another one than the file's: that goes when it has ended.
  private static func isAlive(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno != ESRCH }
}
