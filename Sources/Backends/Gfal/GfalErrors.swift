import Deletion

/// What the errors of gfal2 mean for a deletion. Pure.
///
/// gfal2 folds many causes into few numbers (all of HTTP's 5xx into ECOMM, a bad certificate into EHOSTDOWN),
/// so its words are looked at before the number.
enum GfalErrors {
  /// The error that stopped a run, for the URL it was working on.
  static func error(_ complaint: GfalOutput.Complaint) -> DeletionError {
    var error = classified(complaint)
    // gfal-rm looks at a file first. If that failed nothing was sent to remove it.
    if complaint.text.lowercased().contains("failed to stat file") { error.isAmbiguous = false }
    return error
  }

  private static func classified(_ complaint: GfalOutput.Complaint) -> DeletionError {
    let entry = ErrnoTable.entry(complaint.number)
    let message = Redaction.clean(complaint.text)
    let words = complaint.text.lowercased()
    if let status = httpStatus(words) {
      return http(status, message: message, fallback: entry)
    }
    if words.contains("certificate") || words.contains("no protocols left") {
      return DeletionError(.auth, code: entry.name, message: message)
    }
    if words.contains("too many requests") || words.contains("service unavailable") {
      return DeletionError(.overload, code: entry.name, message: message)
    }
    switch complaint.number {
    // 116 (ESTALE) is what the plugin for root:// makes of XrdCl's own time-outs.
    case 110, 116:
      return DeletionError(
        .transient, code: entry.name, message: message, isAmbiguous: true, isUnavailable: true)
    case 111, 112, 113, 101:
      // Said of the deletion and not of the look before it, this can be about the client's own second try: the
      // first may have been carried out.
      let isDeletion = words.contains("unlink") || words.contains("delete")
      return DeletionError(
        .transient, code: entry.name, message: message, isAmbiguous: isDeletion, isUnavailable: true)
    case 5, 70, 71, 103, 104, 107:
      // The request may have been carried out before the answer was lost.
      return DeletionError(.transient, code: entry.name, message: message, isAmbiguous: true)
    default:
      return DeletionError(
        entry.errorClass, code: entry.name, message: message, isAmbiguous: entry.errorClass == .unknown)
    }
  }

  /// `HTTP 403 : Permission refused`.
  private static func httpStatus(_ words: String) -> Int? {
    guard let head = XrdfsOutput.range(of: "http ", in: words) else { return nil }
    let digits = words.utf8[head.upperBound...].prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    return digits.count == 3 ? Int(Substring(digits)) : nil
  }

  private static func http(_ status: Int, message: String, fallback: ErrnoTable.Entry) -> DeletionError {
    let code = "HTTP \(status)"
    switch status {
    case 404, 410: return DeletionError(.absent, code: code, message: message)
    case 401, 402, 403, 407: return DeletionError(.auth, code: code, message: message)
    case 408, 504: return DeletionError(.transient, code: code, message: message, isAmbiguous: true)
    case 429, 503: return DeletionError(.overload, code: code, message: message)
    case 423, 425: return DeletionError(.transient, code: code, message: message)
    case 400...499: return DeletionError(.permanent, code: code, message: message)
    case 500...599: return DeletionError(.transient, code: code, message: message, isAmbiguous: true)
    default: return DeletionError(fallback.errorClass, code: code, message: message)
    }
  }

  /// A run that said nothing of the URL it was working on.
  static func silence(_ run: ToolRun) -> DeletionError {
    if run.timedOut || run.wasCancelled {
      return DeletionError(
        .transient, code: run.timedOut ? "timeout" : "cancelled",
        message: run.timedOut ? "gfal-rm did not end in time" : "gfal-rm was stopped", isAmbiguous: true,
        isUnavailable: run.timedOut)
    }
    let words = MessageWords.trimmed(Redaction.clean(String(decoding: run.errorOutput, as: UTF8.self)))
    let timedOut =
      words.contains("Command timed out after") || words.contains("has no attribute 'progress_bar'")
    if timedOut {
      return DeletionError(
        .transient, code: "timeout", message: "gfal-rm timed out", isAmbiguous: true, isUnavailable: true)
    }
    let brokenSigns = [
      "error while loading shared libraries", "No module named", "python: not found", "ImportError",
      "bad interpreter",
    ]
    if run.ending == .exited(127) || brokenSigns.contains(where: words.contains) {
      return DeletionError(
        .fatal, code: run.endingCode, message: "gfal-rm is broken: \(lastWords(words))")
    }
    return DeletionError(
      .unknown, code: run.endingCode,
      message: "gfal-rm gave no result for the file" + (words.isEmpty ? "" : ": \(lastWords(words))"),
      isAmbiguous: true)
  }

  /// The last line: of a traceback it is the one that says what happened.
  private static func lastWords(_ text: String) -> String {
    MessageWords.trimmed(
      Substring(text.utf8.split(separator: UInt8(ascii: "\n")).last ?? Substring(text).utf8[...]))
  }
}
