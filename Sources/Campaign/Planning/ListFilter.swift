import DeletionModel

/// Decides which entries of a list are to be deleted, and counts the others by why not.
struct ListFilter: Sendable {
  /// What is never planned, whatever the list and the caller say: areas with rules of their own, which the lists of the
  /// consistency monitor hold all the same (`ignore_list` of CMSRucio's unmerged configuration).
  static let ownExclusions = [
    "data", "hidata", "express", "tier0_harvest", "data/logs", "hidata/logs", "express/logs", "logs", "SAM",
  ].map { "/store/unmerged/" + $0 }

  /// Entries that one rule refused.
  struct Refused: Sendable, Equatable {
    /// How many.
    var count = 0
    /// What was wrong with the first one.
    var example = ""
  }

  private let rules: SafetyRules
  private let excluded: PathTree
  private let included: PathTree
  /// All but `duplicates`, `overLimit`, `files`, `directories` and `jobs`.
  private(set) var counts = CampaignManifest.Counts()
  /// What the safety rules refused, protection apart.
  private(set) var refused: [Refusal.Rule: Refused] = [:]

  private var isFirstOdd = false
  private var isLastOdd = false

  /// - Parameters:
  ///   - exclude: nothing at, above or below one of these.
  ///   - include: only what is at or below one of these; empty: everything.
  init(rules: SafetyRules, exclude: [String], include: [String]) {
    self.rules = rules
    var excluded = PathTree()
    for prefix in exclude { excluded.insert(prefix) }
    self.excluded = excluded
    var included = PathTree()
    for prefix in include { included.insert(prefix) }
    self.included = included
  }

  /// Whether an entry passes.
  mutating func lets(_ listed: ListedLFN) -> Bool {
    counts.listed += 1
    isLastOdd = false
    guard listed.isValidUTF8 else {
      refuse(
        listed,
        Refusal(.invalidUTF8, "\(MessageText.quoted(listed.text)) is not valid UTF-8"))
      return false
    }
    if let refusal = rules.refusal(ofLFN: listed.text) {
      if refusal.rule == .protected { counts.protected += 1 } else { refuse(listed, refusal) }
      return false
    }
    if excluded.relation(of: listed.text) != nil {
      counts.excluded += 1
      return false
    }
    if !included.isEmpty {
      guard case .atOrBelow = included.relation(of: listed.text) else {
        counts.notIncluded += 1
        return false
      }
    }
    return true
  }

  /// The rule that refused the most, protection apart; nil where none did.
  var mostRefused: (rule: Refusal.Rule, count: Int, example: String)? {
    refused.max { ($0.value.count, $1.key.rawValue) < ($1.value.count, $0.key.rawValue) }
      .map { ($0.key, $0.value.count, $0.value.example) }
  }

  /// Why this is not the list that it should be; nil where it may be: lines that are no LFNs where a page, a table or an
  /// error would have them, or more refused entries than others.
  var foreign: String? {
    if let odd = refused[.notAbsolute], isOddAtEnd || odd.count * 10 > counts.listed {
      return "\(odd.count) of \(counts.listed) entries are no LFNs, such as: \(odd.example)"
    }
    guard counts.refused * 2 > counts.listed, counts.refused < counts.listed, let most = mostRefused else {
      return nil
    }
    return
      "\(counts.refused) of \(counts.listed) entries are refused, most of them \(most.rule.rawValue), such as: \(most.example)"
  }

  /// Whether the first or the last entry is no LFN.
  private var isOddAtEnd: Bool { isFirstOdd || isLastOdd }

  private mutating func refuse(_ listed: ListedLFN, _ refusal: Refusal) {
    counts.refused += 1
    if refusal.rule == .notAbsolute {
      isLastOdd = true
      if counts.listed == 1 { isFirstOdd = true }
    }
    if refused[refusal.rule] == nil {
      let name = MessageText.oneLine(listed.text, limit: 200)
      let hasName = refusal.detail.contains(name) || name.isEmpty
      refused[refusal.rule] = Refused(example: hasName ? refusal.detail : "\(name): \(refusal.detail)")
    }
    refused[refusal.rule]?.count += 1
  }
}
