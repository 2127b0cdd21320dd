import ByteStreams
import FoundationEssentials

/// What processes that were killed have left in a campaign's directory: files under their hidden names, which
/// `AtomicFile` gives them until they are whole.
enum LeftBehind {
  /// How old a hidden file has to be, in seconds, before it counts as left behind: longer than anything is written.
  private static let age = 86_400.0

  /// Removes it from a campaign's directory and from those of its rounds. What can't be removed stays.
  static func remove(from directory: CampaignDirectory, rounds: Int, now: Date = Date()) {
    let roundDirectories = (1...max(1, rounds)).map { directory.round($0) }
    let own = Set(
      (roundDirectories.flatMap { [$0.submission, $0.description, $0.protected] } + [
        directory.report, directory.residual, directory.collected,
      ]).map { $0.split(separator: "/").last ?? "" })
    let files = FileManager.default
    for parent in Set(roundDirectories.map(\.path)) {
      for name in (try? files.contentsOfDirectory(atPath: parent)) ?? [] where isHidden(name, of: own) {
        let path = "\(parent)/\(name)"
        guard let found = try? files.attributesOfItem(atPath: path),
          found[.type] as? FileAttributeType == .typeRegular,
          let changed = found[.modificationDate] as? Date, now.timeIntervalSince(changed) > age
        else { continue }
        try? files.removeItem(atPath: path)
      }
    }
  }

  /// Whether it is `.NAME.PID.NUMBER.tmp` of one of the names.
  private static func isHidden(_ name: String, of own: Set<Substring>) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(".tmp") else { return false }
    let parts = name.dropFirst().dropLast(4).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, parts.suffix(2).allSatisfy({ Int($0) != nil }) else { return false }
    return own.contains(parts.dropLast(2).joined(separator: ".")[...])
  }
}
