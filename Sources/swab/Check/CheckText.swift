import CommandSupport
import DeletionModel

/// How `swab check` shows a person what it found.
enum CheckText {
  /// A row for each finding with its mark, and below it what to do; then one sentence.
  static func lines(_ result: CheckResult) -> [String] {
    var lines: [String] = []
    for finding in result.findings {
      lines.append(
        "\(finding.mark.rawValue.padded(to: 9))\(finding.subject.rawValue.padded(to: 12))\(oneLine(finding.text))"
      )
      if let remedy = finding.remedy {
        lines.append("\("".padded(to: 21))do: \(oneLine(remedy))")
      }
    }
    return lines + [oneLine(result.sentence)]
  }

  private static func oneLine(_ text: String) -> String { MessageText.oneLine(text, limit: 4096) }
}
