import CPCRE2

/// What one mapping writes to while it runs: made for one call and used by one thread.
struct MatchScratch: ~Copyable {
  /// How many rules may be tried for one name, over all chains. Chains that fan out can ask for a number of
  /// trials that doubles with each protocol; real catalogs need some hundreds.
  static let trialLimit = 20_000

  let data: OpaquePointer
  private var trials = 0

  /// Room for the groups of the largest pattern; nil without memory.
  init?(groups: Int) {
    guard let data = pcre2_match_data_create_8(UInt32(groups + 1), nil) else { return nil }
    self.data = data
  }

  deinit { pcre2_match_data_free_8(data) }

  /// Counts one trial of a rule; false when there have been too many.
  mutating func countTrial() -> Bool {
    trials += 1
    return trials <= Self.trialLimit
  }

  /// Where a group of the last match lies in the name, as byte offsets; empty for one that took no part.
  func group(_ number: Int) -> Range<Int> {
    guard number < Int(pcre2_get_ovector_count_8(data)), let offsets = pcre2_get_ovector_pointer_8(data)
    else { return 0..<0 }
    let start = offsets[2 * number]
    let end = offsets[2 * number + 1]
    // PCRE2_UNSET is the largest size_t, -1 here.
    return start >= 0 && end >= start ? start..<end : 0..<0
  }

  /// The limits on the work of one match, so that no pattern can hang a job.
  static let limits = MatchLimits()
}

/// A match context that is set up once.
///
/// Sendable although the compiler can't see it: nothing changes the context after `init`, and pcre2api allows
/// a context that is not changed to be shared between threads.
final class MatchLimits: @unchecked Sendable {
  /// How often one match may call the matcher again: some milliseconds. A name of 1,000 characters and a
  /// pattern with two `.*` needs at most half of it.
  private static let matchLimit: UInt32 = 1_000_000

  /// Nil without memory; PCRE2's own limits hold then.
  let context: OpaquePointer?

  fileprivate init() {
    context = pcre2_match_context_create_8(nil)
    if context != nil { pcre2_set_match_limit_8(context, Self.matchLimit) }
  }

  deinit { pcre2_match_context_free_8(context) }
}
