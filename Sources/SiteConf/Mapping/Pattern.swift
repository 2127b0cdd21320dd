import CPCRE2

/// A regular expression that has to match the whole of a name.
///
/// WMCore's `re.match` leaves the end open, which makes one file's PFN out of another file's LFN.
/// A newline is LF alone; `.` does not match it, and `$` does not stop before one.
///
/// PCRE2 interprets it and does not compile it to machine code (JIT). JIT would save 0.15 µs a rule and file, costs 243 KB of
/// the static executable, asks for memory that may be executed, which a node may forbid, and counts the limit on
/// the work in its own way.
///
/// Sendable although the compiler can't see it: `code` is set once in `init`, freed once in `deinit`, and in
/// between only read. The PCRE2 documentation (pcre2api, "Multithreading") has compiled code as read-only and shared
/// between threads; what a match writes to is the caller's ``MatchScratch``.
final class Pattern: @unchecked Sendable {
  /// Why a pattern does not compile.
  struct Invalid: Error {
    /// PCRE2's words and the offset in bytes.
    let what: String
  }

  /// What one match says.
  enum Answer {
    case matches
    case differs
    /// The limit on work was reached.
    case limit
  }

  /// The longest pattern, in bytes.
  private static let lengthLimit = 16 << 10

  private let code: OpaquePointer
  /// How many groups the pattern has.
  let groupCount: Int

  /// Compiles a pattern.
  ///
  /// - Throws: ``Invalid`` where it is no regular expression.
  init(_ text: String) throws(Invalid) {
    guard let options = pcre2_compile_context_create_8(nil) else { throw Invalid(what: "no memory") }
    defer { pcre2_compile_context_free_8(options) }
    pcre2_set_newline_8(options, UInt32(PCRE2_NEWLINE_LF))
    pcre2_set_max_pattern_length_8(options, Self.lengthLimit)
    var failure: Int32 = 0
    var offset = 0
    var text = text
    let compiled = text.withUTF8 { text in
      // UTF without UCP: names are characters, but \d and \w stay ASCII as in CMSSW. \C could take half a
      // character.
      pcre2_compile_8(
        text.baseAddress, text.count,
        UInt32(PCRE2_ANCHORED) | UInt32(PCRE2_ENDANCHORED) | UInt32(PCRE2_DOLLAR_ENDONLY)
          | UInt32(PCRE2_UTF) | UInt32(PCRE2_NEVER_BACKSLASH_C) | UInt32(PCRE2_NO_UTF_CHECK),
        &failure, &offset, options)
    }
    guard let compiled else {
      throw Invalid(what: "\(Self.message(of: failure)) at byte \(offset)")
    }
    code = compiled
    var count: UInt32 = 0
    pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
    groupCount = Int(count)
  }

  deinit { pcre2_code_free_8(code) }

  /// Matches a whole name, which must be valid UTF-8; on ``Answer/matches`` the scratch holds the groups.
  func match(_ name: UnsafeBufferPointer<UInt8>, in scratch: borrowing MatchScratch) -> Answer {
    // The check that it is UTF-8 is left out: every name here comes from a String.
    let options = UInt32(PCRE2_NO_UTF_CHECK)
    let count = pcre2_match_8(
      code, name.baseAddress, name.count, 0, options, scratch.data, MatchScratch.limits.context)
    if count == PCRE2_ERROR_NOMATCH { return .differs }
    return count < 0 ? .limit : .matches
  }

  /// Matches a whole text once, where speed does not matter.
  func matches(_ text: String) -> Bool {
    guard let scratch = MatchScratch(groups: groupCount) else { return false }
    var text = text
    return text.withUTF8 { match($0, in: scratch) == .matches }
  }

  private static func message(of code: Int32) -> String {
    let text = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
      count = max(0, Int(pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)))
    }
    return String(decoding: text, as: UTF8.self)
  }
}

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
