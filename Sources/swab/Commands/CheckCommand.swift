import ArgumentParser
import CommandSupport
import DeletionModel
import JobReports

/// `swab check`.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", _superCommandName: "swab",
    abstract: "Find out whether a deletion could work here, and what is missing if not.",
    discussion: """
      Checks site, stage-out entries, tools, credentials and endpoints, and says what to do about each error. Each \
      endpoint is asked what the allowed root is, with the requests and the credential that a deletion begins with. \
      Nothing is deleted.

      Ends with 0 where a deletion could work at one endpoint at least; else with 78 (site configuration), 77 \
      (credential) or 69 (endpoint or tool), the first of them that applies.

      Example: swab check --rse T2_XX_Site
      """)

  @OptionGroup(title: "Where") var site: SiteOptions
  @OptionGroup(title: "How") var backends: BackendOptions
  @OptionGroup var messages: MessageOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Ask for this directory; may be given more than once. (default: /store/unmerged/)", valueName: "prefix")
  )
  var allow: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("How long an endpoint may take to answer. (default: 20)", valueName: "seconds"))
  var timeout = 20.0

  @Flag(name: .long, help: "Connect to nothing.")
  var offline = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func validate() throws {
    guard timeout > 0, timeout <= 3600 else {
      throw ValidationError("--timeout is more than 0 and at most 3600 seconds.")
    }
  }

  func run() async throws {
    let check: SiteCheck
    do {
      check = try await SiteCheck(self, environment: ProcessEnvironment.current)
    } catch let error as ValidationError {
      throw error
    } catch {
      throw CommandFailure(error)
    }
    let result = CheckResult(check)
    if json {
      Terminal.write(CheckJSON.text(check, result))
    } else {
      for line in result.lines { Terminal.say(line) }
    }
    if result.status != .allGone { throw ExitCode(result.status.rawValue) }
  }
}

extension CheckResult {
  /// For a person: a row for each finding with its mark, and below it what to do; then one sentence.
  fileprivate var lines: [String] {
    var lines: [String] = []
    for finding in findings {
      lines.append(
        "\(finding.mark.rawValue.padded(to: 9))\(finding.subject.rawValue.padded(to: 12))\(Self.oneLine(finding.text))"
      )
      if let remedy = finding.remedy {
        lines.append("\("".padded(to: 21))do: \(Self.oneLine(remedy))")
      }
    }
    return lines + [Self.oneLine(sentence)]
  }

  private static func oneLine(_ text: String) -> String { MessageText.oneLine(text, limit: 4096) }
}
