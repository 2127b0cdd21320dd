import DeletionModel

/// The script for many `stat`s in one `xrdfs` process, and how its output is told apart. Pure.
///
/// Before 5.6.0 `xrdfs HOST stat` takes one path, and a process a file costs more than everything else. The
/// interactive mode, fed from standard input, takes any number. Behind each `stat` stands a word that is no
/// command: its diagnostic on standard error marks where the diagnostics about the next path begin.
enum XrdfsSession {
  private static let marker = "swab"
  private static let markerDiagnostic = "Command not found"

  /// Whether a path may stand in the script. The mode reads lines with readline, for which bytes beyond ASCII
  /// can be keys; such paths are looked at one by one.
  static func canHold(_ path: ExactName) -> Bool {
    path.text.utf8.count < 4096 && path.text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
  }

  /// What goes to the standard input.
  static func script(_ paths: [ExactName]) -> [UInt8] {
    var result: [UInt8] = []
    for path in paths { result += "stat \(quoted(path.text))\n\(marker)\n".utf8 }
    return result + Array("exit\n".utf8)
  }

  /// In quotes as `getArguments` of XrdClFS.cc takes them off: `"` and `'` only, no escapes, pieces that
  /// touch are one argument.
  static func quoted(_ path: String) -> String {
    var result: [UInt8] = [UInt8(ascii: "\"")]
    for byte in path.utf8 {
      if byte == UInt8(ascii: "\"") {
        result += "\"'\"'\"".utf8
      } else {
        result.append(byte)
      }
    }
    result.append(UInt8(ascii: "\""))
    return String(decoding: result, as: UTF8.self)
  }

  /// The diagnostic about each path that has no entry; empty if they cannot be told apart with certainty.
  ///
  /// Every path must have either an entry or exactly one diagnostic. Anything else means that the two streams
  /// are out of step, and then a "no such file" could be put to the wrong name.
  static func diagnostics(
    _ errorOutput: [UInt8], of paths: [ExactName], entries: [ExactName: XrdfsOutput.Entry]
  ) -> [ExactName: XrdfsOutput.Diagnostic] {
    var sections: [[XrdfsOutput.Diagnostic]] = [[]]
    for diagnostic in XrdfsOutput.diagnostics(errorOutput) {
      if diagnostic.code == nil, diagnostic.text == markerDiagnostic {
        sections.append([])
      } else {
        sections[sections.count - 1].append(diagnostic)
      }
    }
    guard sections.count == paths.count + 1 else { return [:] }
    var result: [ExactName: XrdfsOutput.Diagnostic] = [:]
    for (path, section) in zip(paths, sections) {
      guard section.count == (entries[path] == nil ? 1 : 0) else { return [:] }
      result[path] = section.first
    }
    return result
  }
}
