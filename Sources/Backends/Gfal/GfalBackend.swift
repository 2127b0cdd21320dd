import Deletion
import SystemPackage

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
public struct GfalBackend: Backend {
  /// `gfal`.
  public static let name = "gfal"

  /// Its name in the registry.
  public var name: String { Self.name }
  /// gfal-rm works one by one, so more files in a call save nothing and make it long.
  public let traits = BackendTraits(batchLimit: 100, allowancePerFile: .seconds(1))

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
  public init(
    runner: any ProcessRunner, environment: ChildEnvironment, time: any TimeSource, tool: String = "gfal-rm"
  ) {
    self.runner = runner
    self.environment = Self.withPython(environment)
    self.time = time
    self.tool = tool
  }

  /// With `GFAL_PYTHONBIN`, unless it is set.
  static func withPython(_ environment: ChildEnvironment) -> ChildEnvironment {
    guard environment["GFAL_PYTHONBIN"] == nil,
      ExecutableSearch(folders: []).find(systemPython) != nil
    else { return environment }
    return environment.setting(["GFAL_PYTHONBIN": systemPython])
  }

  /// As a batch of one.
  public func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  /// Deletes files in as many rounds as it takes; the answers are aligned with them.
  public func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    let start = time.now()
    var kinds = [Answer.Kind?](repeating: nil, count: targets.count)
    var urls: [GfalURL?] = []
    var owners: [GfalURL: Int] = [:]
    var listed: [ExactName] = []
    var alone: [ExactName] = []
    for (index, target) in targets.enumerated() {
      do throws(InexactName) {
        let url = try GfalURL(target)
        urls.append(url)
        if owners[url] != nil { continue }
        owners[url] = index
        if url.fitsList { listed.append(url.text) } else { alone.append(url.text) }
      } catch {
        urls.append(nil)
        kinds[index] = .failed(error.error)
      }
    }
    var results: [ExactName: Answer.Kind] = [:]
    await deleteListed(listed, deadline: deadline, into: &results)
    for url in alone {
      let round = await runRound([url], asList: false, deadline: deadline)
      results.merge(round.settled) { _, new in new }
    }
    let seconds = (time.now() - start).inSeconds / Double(max(1, targets.count))
    return targets.indices.map { index in
      if let kind = kinds[index] { return Answer(kind, seconds: seconds) }
      guard let url = urls[index], let kind = results[url.text] else {
        return Answer(.failed(.notTried), seconds: seconds)
      }
      return Answer(kind == .deleted && owners[url] != index ? .absent : kind, seconds: seconds)
    }
  }

  /// Rounds over a list until each name has its answer. Every round settles at least one.
  private func deleteListed(
    _ urls: [ExactName], deadline: Deadline, into results: inout [ExactName: Answer.Kind]
  ) async {
    var pending = urls
    while !pending.isEmpty {
      var round = await runRound(pending, asList: true, deadline: deadline)
      results.merge(round.settled) { _, new in new }
      pending = pending.filter { results[$0] == nil }
      if round.isMute, let first = pending.first {
        // The list may have choked it. If it has nothing to say of one name either, it is no use.
        round = await runRound([first], asList: false, deadline: deadline)
        results.merge(round.settled) { _, new in new }
        pending.removeFirst()
        if case .failed(let error)? = round.settled[first], error.errorClass == .unknown {
          round.end = error.unsent
        }
      }
      if let end = round.end {
        for url in pending { results[url] = .failed(end) }
        return
      }
    }
  }

  private struct Round {
    var settled: [ExactName: Answer.Kind] = [:]
    /// Why no further round makes sense; the answer for all that are left.
    var end: DeletionError?
    /// Whether the tool stopped without a word about a name or an error.
    var isMute = false
  }

  private func runRound(_ urls: [ExactName], asList: Bool, deadline: Deadline) async -> Round {
    var round = Round()
    let remaining = deadline.remaining(on: time)
    guard let first = urls.first, remaining != .zero else {
      round.end = .notTried
      return round
    }
    // What is written to disk is gone at the end of this scope, whatever happens.
    var list: ListFile?
    var arguments = ["-t", "\(Self.toolLimit(remaining))"]
    if asList {
      do throws(Errno) {
        let file = try ListFile(urls, in: environment["TMPDIR"] ?? "/tmp")
        arguments += ["--from-file", file.path]
        list = file
      } catch {
        round.end = DeletionError(
          .fatal, code: ErrnoTable.entry(error.rawValue).name,
          message: "no list file for gfal-rm: \(error.description)")
        return round
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
            ClientLimits.environment(remaining: remaining).merging(["PYTHONUNBUFFERED": "1"]) { _, new in new
            })
        ),
        limit: remaining)
    } catch {
      round.settled[first] = .failed(.tool(error))
      round.end = .tool(error)
      return round
    }
    withExtendedLifetime(list) {}
    read(run, of: urls, into: &round)
    return round
  }

  /// Gives each result line to its name, and the error that stopped the run to the one it was working on.
  private func read(_ run: ToolRun, of urls: [ExactName], into round: inout Round) {
    let words = GfalOutput.results(run.output, of: urls)
    let complaint = GfalOutput.complaint(run.errorOutput)
    var hasFailed = false
    for url in urls {
      switch words[url] {
      case .deleted: round.settled[url] = .deleted
      case .missing: round.settled[url] = .absent
      case .failed:
        hasFailed = true
        let error = complaint.map(GfalErrors.error) ?? GfalErrors.silence(run)
        round.settled[url] = error.asAnswer
        if error.isUnavailable { round.end = error.unsent }
      case .skip:
        round.settled[url] = .failed(
          DeletionError(.unknown, code: "SKIP", message: "gfal-rm skipped the file"))
      case nil: break
      }
    }
    // Its lines come one by one, in the order of the list. A name that was passed over in silence is in doubt.
    let reached = urls.lastIndex { words[$0] != nil }.map { $0 + 1 } ?? 0
    for url in urls[..<reached] where words[url] == nil {
      round.settled[url] = .failed(GfalErrors.silence(run))
    }
    // Behind a FAILED line nothing was touched. Without one the run ended at the first name behind the last
    // line, as it does at a directory, and those behind that name were not touched. They are for the next round.
    guard !hasFailed, reached < urls.count else { return }
    let error = complaint.map(GfalErrors.error) ?? GfalErrors.silence(run)
    round.settled[urls[reached]] = error.asAnswer
    round.isMute = complaint == nil && error.errorClass == .unknown
    if error.isUnavailable || error.errorClass == .fatal || run.timedOut || run.wasCancelled {
      round.end = error.unsent
    }
  }

  /// gfal-rm's own limit. It gives up 30 s after it, so it is stopped from outside in any case.
  private static func toolLimit(_ remaining: Duration?) -> Int64 {
    max(1, (remaining ?? .seconds(1800)).components.seconds)
  }
}

extension DeletionError {
  /// The same trouble for a file that nothing was sent for.
  var unsent: DeletionError {
    var result = self
    result.isAmbiguous = false
    return result
  }
}
