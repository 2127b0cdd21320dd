import DeletionModel
import Credentials
import ProcessRunning

/// Deletes files with the `gfal-rm` tool, over whatever protocol gfal2 speaks.
///
/// Plain `gfal-rm` looks at each name first and refuses a directory; with `--bulk` or `--just-delete` it does
/// not, and then whole trees go on some servers. So neither is ever given. It stops at the first name that
/// fails for another reason than being missing and says nothing of the rest, which is then run again.
///
/// It works on one name after the other and prints each line at once (its Python runs without a buffer). So of a
/// run that ended without a word only the first name without a line is in doubt: whether it was there and is gone
/// is then not known, and if it is missing at the next attempt it counts as deleted although it may never have
/// been there.
package struct GfalBackend: Backend {
  /// `gfal`.
  package static let name = "gfal"

  /// Its name in the registry.
  package var name: String { Self.name }
  /// gfal-rm works one by one, so more files in a call save nothing and make it long.
  package let traits = BackendTraits(batchLimit: 100, allowancePerFile: .seconds(1))

  private let runner: any ProcessRunner
  private let environment: ChildEnvironment
  private let time: any TimeSource
  private let tool: String

  /// The Python of the system: the tool's own search for one can end at an experiment's.
  private static let systemPython = "/usr/bin/python3"

  /// Makes the backend.
  /// - Parameters:
  ///   - runner: What starts the tool.
  ///   - environment: What the tool sees.
  ///   - time: The clock that deadlines are given on.
  ///   - tool: A name or an absolute path.
  package init(
    runner: any ProcessRunner, environment: ChildEnvironment, time: any TimeSource, tool: String = "gfal-rm"
  ) {
    self.runner = runner
    self.environment = Self.withPython(environment)
    self.time = time
    self.tool = tool
  }

  /// With `GFAL_PYTHONBIN`, unless it is set.
  package static func withPython(_ environment: ChildEnvironment) -> ChildEnvironment {
    guard environment["GFAL_PYTHONBIN"] == nil,
      ExecutableSearch(directories: []).find(systemPython) != nil
    else { return environment }
    return environment.setting(["GFAL_PYTHONBIN": systemPython])
  }

  /// Deletes files in as many rounds as it takes.
  package func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard batch.kind == .files else {
      return batch.answerAll(.directoriesStay("\(name) does not remove directories"), observer)
    }
    await batch.answer(observer, time) { (urls: [GfalURL]) in
      var results: [ExactName: Answer.Kind] = [:]
      await deleteListed(urls.filter(\.fitsList).map(\.text), deadline: batch.deadline, into: &results)
      for url in urls where !url.fitsList {
        let round = await runRound([url.text], asList: false, deadline: batch.deadline)
        results.merge(round.answers) { _, new in new }
      }
      return results
    }
  }

  /// Has `gfal-rm --dry-run` stat the directory, which it then refuses to remove without `--recursive`.
  package func inspect(_ directory: DeletionTarget, deadline: Deadline) async -> Inspection {
    do throws(InexactName) {
      let url = try GfalURL(directory).text
      let round = await runRound([url], asList: false, isDryRun: true, deadline: deadline)
      let kind = round.answers[url] ?? .failed(round.end ?? .notTried)
      if case .failed(let error) = kind, error.code == Self.skippedCode {
        return Inspection(.other, backend: name)
      }
      return Inspection(answer: kind, backend: name)
    } catch {
      return Inspection(.failed(error.error), backend: name)
    }
  }

  /// Rounds over a list until each name has its answer. Every round settles at least one.
  private func deleteListed(
    _ urls: [ExactName], deadline: Deadline, into results: inout [ExactName: Answer.Kind]
  ) async {
    var pending = urls
    var silences = 0
    while !pending.isEmpty {
      var round = await runRound(pending, asList: true, deadline: deadline)
      results.merge(round.answers) { _, new in new }
      pending = pending.filter { results[$0] == nil }
      if round.isMute, let first = pending.first {
        // The list may have choked it. If it has nothing to say of one name either, it is no use.
        round = await runRound([first], asList: false, deadline: deadline)
        results.merge(round.answers) { _, new in new }
        pending.removeFirst()
        if case .failed(let error)? = round.answers[first], error.errorClass == .unknown {
          round.end = error
        }
      }
      if let silence = round.silence {
        silences = round.hasAnswers ? 1 : silences + 1
        if silences >= ClientLimits.silences { round.end = silence }
      } else {
        silences = 0
      }
      if let end = round.end {
        for url in pending { results[url] = .failed(end.errorClass == .fatal ? end : end.untried) }
        return
      }
    }
  }

  /// What it says of a file with `--dry-run`.
  private static let skippedCode = "SKIP"

  private struct Round {
    var answers: [ExactName: Answer.Kind] = [:]
    /// That a server did not answer, for the last name that was asked for.
    var silence: DeletionError?
    /// Whether the storage has said something of a name.
    var hasAnswers: Bool { answers.values.contains { $0 == .deleted || $0 == .absent } }
    /// Why no further round makes sense; the answer for all that are left.
    var end: DeletionError?
    /// Whether the tool stopped without a word about a name or an error.
    var isMute = false
  }

  private func runRound(
    _ urls: [ExactName], asList: Bool, isDryRun: Bool = false, deadline: Deadline
  ) async -> Round {
    var round = Round()
    let remaining = deadline.remaining(on: time)
    guard let first = urls.first, remaining != .zero else {
      round.end = .notTried
      return round
    }
    // The list is standard input, which is in memory: no file is left behind whatever happens.
    var list: [UInt8] = []
    var arguments = ["-t", "\(Self.toolLimit(remaining))"] + (isDryRun ? ["--dry-run"] : [])
    if asList {
      arguments += ["--from-file", "/dev/stdin"]
      for url in urls {
        list += url.text.utf8
        list.append(UInt8(ascii: "\n"))
      }
    } else {
      arguments += ["--", first.text]
    }
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await runner.run(
        ToolInvocation(
          tool, arguments,
          environment: environment.withTokenValue().setting(
            // One server that is silent must leave time for the files of the others.
            ClientLimits.environment(remaining: remaining.map { $0 > .seconds(8) ? $0 / 4 : $0 })
              .merging(["PYTHONUNBUFFERED": "1"]) { _, new in new }), input: list),
        limit: remaining)
    } catch {
      round.answers[first] = .failed(.tool(error))
      round.end = .tool(error)
      return round
    }
    read(run, of: urls, into: &round)
    return round
  }

  /// Gives each result line to its name, and the error that stopped the run to the one it was working on.
  private func read(_ run: ToolRun, of urls: [ExactName], into round: inout Round) {
    let results = GfalOutput.results(run.output, of: urls)
    let diagnostic = GfalOutput.diagnostic(run.errorOutput)
    var hasFailed = false
    for url in urls {
      switch results[url] {
      case .deleted: round.answers[url] = .deleted
      case .missing: round.answers[url] = .absent
      case .failed:
        hasFailed = true
        let error = diagnostic.map(GfalErrors.error) ?? GfalErrors.silence(run)
        round.answers[url] = error.asAnswer
        if error.isUnavailable { round.silence = error }
      case .skip:
        round.answers[url] = .failed(
          DeletionError(.unknown, code: Self.skippedCode, message: "gfal-rm skipped the file"))
      case nil: break
      }
    }
    // Its lines come one by one, in the order of the list. A name that was passed over in silence is in doubt.
    let reached = urls.lastIndex { results[$0] != nil }.map { $0 + 1 } ?? 0
    for url in urls[..<reached] where results[url] == nil {
      round.answers[url] = .failed(GfalErrors.silence(run))
    }
    // Behind a FAILED line nothing was touched. Without one the run ended at the first name behind the last
    // line, as it does at a directory, and those behind that name were not touched. They are for the next round.
    guard !hasFailed, reached < urls.count else { return }
    let error = diagnostic.map(GfalErrors.error) ?? GfalErrors.silence(run)
    round.answers[urls[reached]] = error.asAnswer
    round.isMute = diagnostic == nil && error.errorClass == .unknown
    if error.errorClass == .fatal || run.timedOut || run.wasCancelled {
      round.end = error
    } else if error.isUnavailable {
      round.silence = error
    }
  }

  /// gfal-rm's own limit. It gives up 30 s after it, so it is stopped from outside in any case.
  private static func toolLimit(_ remaining: Duration?) -> Int64 {
    max(1, (remaining ?? .seconds(1800)).components.seconds)
  }
}
