import Campaign
import FoundationEssentials
import Glibc

/// Removes campaigns that nobody needs any more.
///
/// Never the one that is at work, never the newest one, as the next plan compares its protected lists with those, and never
/// one that the cycle does not know to be over: `collect` may still have to fetch something for it. Trials are counted by
/// themselves: those of ten days would take the place of everything else.
struct Retention {
  let directory: RSEDirectory
  let settings: RSESettings
  let now: Date

  /// In the name of a directory that is being removed: a kill leaves it to the next pass.
  private static let mark = ".removed-"

  /// Removes what is too old, too much, or too large together with all that is newer.
  ///
  /// - Returns: the campaigns that went.
  @discardableResult
  func apply(_ state: RSEState) -> [String] {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: directory.campaigns)) ?? []
    where name.hasPrefix(Self.mark) {
      try? files.removeItem(atPath: "\(directory.campaigns)/\(name)")
    }
    let all = directory.plannedCampaigns
    guard all.count > 1 else { return [] }
    let beyond = beyondSpace(all.map(\.id))
    var removed: [String] = []
    for (index, campaign) in all.dropLast().enumerated() where isOver(campaign.id, state) {
      let created = (try? Date(campaign.manifest.created, strategy: .iso8601)) ?? now
      let isOld = now.timeIntervalSince(created) > settings.keepDays * 86_400
      let isTrial = Self.isTrial(campaign.id)
      let isTooMuch = all[index...].count { Self.isTrial($0.id) == isTrial } > settings.keepCampaigns
      guard isOld || isTooMuch || beyond.contains(campaign.id) else { continue }
      let marked = "\(directory.campaigns)/\(Self.mark)\(campaign.id)"
      // Away from its name at once: half of a campaign is none.
      guard (try? files.moveItem(atPath: directory.campaign(campaign.id).path, toPath: marked)) != nil else {
        continue
      }
      try? files.removeItem(atPath: marked)
      removed.append(campaign.id)
    }
    return removed
  }

  /// The oldest campaigns without which the others take no more disk space than allowed. Those that are kept for another
  /// reason count as well.
  ///
  /// - Parameter all: the oldest first.
  private func beyondSpace(_ all: [String]) -> Set<String> {
    guard let gigabytes = settings.keepGigabytes else { return [] }
    var room = gigabytes * 1e9
    var beyond: Set<String> = []
    for id in all.reversed() {
      room -= Double(Self.bytes(below: directory.campaign(id).path))
      if room < 0 { beyond.insert(id) }
    }
    return beyond
  }

  /// How large the files below a directory are. What goes away meanwhile counts as nothing; links are not followed.
  private static func bytes(below directory: String) -> Int {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
    return names.reduce(0) { sum, name in
      var found = stat()
      guard lstat("\(directory)/\(name)", &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return sum }
      return sum + Int(found.st_size)
    }
  }

  /// Whether the cycle was done with it. Those before the ones that are remembered were, or they would be at work.
  private func isOver(_ id: String, _ state: RSEState) -> Bool {
    if id == state.campaign { return false }
    if let known = state.campaigns.first(where: { $0.campaign == id }) { return known.ended != nil }
    return state.campaigns.count { $0.isTrial == Self.isTrial(id) } >= RSEState.campaignsKept
  }

  private static func isTrial(_ id: String) -> Bool { id.contains(RSEPass.trialMark) }
}
