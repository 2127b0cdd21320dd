import DeletionModel
import Credentials
import Networking
import ProcessRunning

/// What the errors of gfal2 mean for a deletion. Pure.
///
/// gfal2 folds many causes into few numbers (all of HTTP's 5xx into ECOMM, a bad certificate into EHOSTDOWN),
/// so its words are looked at before the number.
enum GfalErrors {
  /// The error that stopped a run, for the URL it was working on.
  static func error(_ diagnostic: GfalOutput.Diagnostic) -> DeletionError {
    var error = classified(diagnostic)
    // gfal-rm looks at a file first. If that failed nothing was sent to remove it.
    if diagnostic.text.lowercased().contains("failed to stat file") { error.isAmbiguous = false }
    return error
  }

  private static func classified(_ diagnostic: GfalOutput.Diagnostic) -> DeletionError {
    let entry = ErrnoTable.entry(diagnostic.number)
    let message = Redaction.clean(diagnostic.text)
    let text = diagnostic.text.lowercased()
    // A status that is no error says less than gfal2's number.
    if let status = httpStatus(text), status >= 300 {
      let row = HTTPStatusTable.row(status, text: text)
      return DeletionError(
        row.errorClass, code: "HTTP \(status)", message: message, isAmbiguous: row.isAmbiguous)
    }
    if text.contains("certificate") || text.contains("no protocols left") {
      return DeletionError(.auth, code: entry.name, message: message)
    }
    if text.contains("too many requests") || text.contains("service unavailable") {
      return DeletionError(.overload, code: entry.name, message: message)
    }
    if text.contains("protocol not supported"), let scheme = scheme(in: diagnostic.text) {
      return DeletionError(
        .fatal, code: entry.name,
        message: "gfal2 has no plugin for \(scheme): here; install gfal2-plugin-\(scheme): \(message)")
    }
    switch diagnostic.number {
    // 116 (ESTALE) is what the plugin for root:// makes of XrdCl's own time-outs.
    case 110, 116:
      return DeletionError(
        .transient, code: entry.name, message: message, isAmbiguous: true, isUnavailable: true)
    case 111, 112, 113, 101:
      // Said of the deletion and not of the look before it, this can be about the client's own second try: the
      // first may have been carried out.
      let isDeletion = text.contains("unlink") || text.contains("delete")
      return DeletionError(
        .transient, code: entry.name, message: message, isAmbiguous: isDeletion, isUnavailable: true)
    case 5, 70, 71, 103, 104, 107:
      // The request may have been carried out before the answer was lost.
      return DeletionError(.transient, code: entry.name, message: message, isAmbiguous: true)
    // What a manager of a cluster says of a copy on a server that may not be written to.
    case 17: return DeletionError(.endpoint, code: entry.name, message: message)
    default:
      return DeletionError(
        entry.errorClass, code: entry.name, message: message, isAmbiguous: entry.errorClass == .unknown)
    }
  }

  /// That of the first URL in a text; nil without one.
  private static func scheme(in text: String) -> String? {
    guard let end = XrdfsOutput.range(of: "://", in: text) else { return nil }
    let scheme = text[..<end.lowerBound].reversed().prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return scheme.isEmpty ? nil : String(scheme.reversed())
  }

  /// `HTTP 403 : Permission refused`.
  private static func httpStatus(_ text: String) -> Int? {
    guard let head = XrdfsOutput.range(of: "http ", in: text) else { return nil }
    let digits = text.utf8[head.upperBound...].prefix(while: \.isDigit)
    return digits.count == 3 ? Int(Substring(digits)) : nil
  }

  /// A run that said nothing of the URL it was working on.
  static func silence(_ run: ToolRun) -> DeletionError {
    if run.timedOut || run.wasCancelled {
      return DeletionError(
        .transient, code: run.timedOut ? "timeout" : "cancelled",
        message: run.timedOut ? "gfal-rm did not end in time" : "gfal-rm was stopped", isAmbiguous: true,
        isUnavailable: run.timedOut)
    }
    let text = MessageLines.trimmed(Redaction.clean(String(decoding: run.errorOutput, as: UTF8.self)))
    let timedOut =
      text.contains("Command timed out after") || text.contains("has no attribute 'progress_bar'")
    if timedOut {
      return DeletionError(
        .transient, code: "timeout", message: "gfal-rm timed out", isAmbiguous: true, isUnavailable: true)
    }
    let brokenSigns = [
      "error while loading shared libraries", "No module named", "python: not found", "ImportError",
      "bad interpreter",
    ]
    if run.ending == .exited(127) || brokenSigns.contains(where: text.contains) {
      return DeletionError(
        .fatal, code: run.endingCode, message: "gfal-rm is broken: \(lastLine(text))")
    }
    return DeletionError(
      .unknown, code: run.endingCode,
      message: "gfal-rm gave no result for the file" + (text.isEmpty ? "" : ": \(lastLine(text))"),
      isAmbiguous: true)
  }

  /// The last line: of a traceback it is the one that says what happened.
  private static func lastLine(_ text: String) -> String {
    MessageLines.trimmed(
      Substring(text.utf8.split(separator: UInt8(ascii: "\n")).last ?? Substring(text).utf8[...]))
  }
}
