import CPCRE2

/// A regular expression that has to match the whole of a name.
///
/// WMCore's `re.match` leaves the end open, which makes one file's PFN out of another file's LFN.
/// A newline is LF alone; `.` does not match it, and `$` does not stop before one.
///
/// Sendable although the compiler can't see it: `code` is set once in `init`, freed once in `deinit`, and in
/// between only read. The PCRE2 documentation (pcre2api, "Multithreading") has compiled code, once JIT is
/// done, as read-only and shared between threads; what a match writes to is the caller's ``MatchScratch``.
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
  /// Where no memory may be made executable there is no JIT, and the interpreter does the work.
  private let isJIT: Bool
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
    isJIT = pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE)) == 0
    var count: UInt32 = 0
    pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
    groupCount = Int(count)
  }

  deinit { pcre2_code_free_8(code) }

  /// Matches a whole name, which must be valid UTF-8; on ``Answer/matches`` the scratch holds the groups.
  func match(_ name: UnsafeBufferPointer<UInt8>, in scratch: borrowing MatchScratch) -> Answer {
    // The check that it is UTF-8 is left out: every name here comes from a String.
    let options = UInt32(PCRE2_NO_UTF_CHECK)
    var count = PCRE2_ERROR_JIT_BADOPTION
    if isJIT {
      count = pcre2_jit_match_8(
        code, name.baseAddress, name.count, 0, options, scratch.data, MatchScratch.limits.context)
    }
    if count == PCRE2_ERROR_JIT_BADOPTION || count == PCRE2_ERROR_JIT_STACKLIMIT {
      // Without JIT, which a pattern can also switch off for itself; or with too much for JIT's stack. The
      // interpreter's is on the heap and has room for more.
      count = pcre2_match_8(
        code, name.baseAddress, name.count, 0, options | UInt32(PCRE2_NO_JIT), scratch.data,
        MatchScratch.limits.context)
    }
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
