import ByteStreams
import DeletionModel
import FoundationEssentials
import ProcessRunning

/// The way to HTCondor: its own tools, each started with a list of arguments and with no more of our environment than it
/// needs.
package struct CondorTools: Sendable {
  private let runner: any ProcessRunner
  private let environment: ChildEnvironment

  /// How long a question may take. A remote history is slow.
  package static let questionLimit: Duration = .seconds(300)
  /// How long files may travel.
  package static let transferLimit: Duration = .seconds(4 * 3600)

  /// Uses the tools on the `PATH` of this environment. A schedd's answer can have 128 MiB: some 100 000 jobs with the
  /// attributes that are asked for.
  package init(environment: [String: String]) {
    let search = ExecutableSearch(path: environment["PATH"])
    self.init(
      runner: SubprocessRunner(search: search, outputLimit: 128 << 20, grace: .seconds(5)),
      environment: ChildEnvironment(condorInheriting: environment, search: search))
  }

  /// Uses this runner.
  package init(runner: any ProcessRunner, environment: ChildEnvironment) {
    self.runner = runner
    self.environment = environment
  }

  /// Which schedd answers: what condor_q prints above its table, also where no job matches.
  ///
  /// - Throws: ``CampaignError``.
  package func schedd(_ target: Submission.Target) async throws -> Submission.Schedd? {
    let arguments = CondorTool.queue.schedd(target) + ["-allusers", "-constraint", "false", "-totals"]
    let run = try await ended(.queue, arguments, target, limit: Self.questionLimit)
    guard let schedd = Self.schedd(header: run.output) else {
      throw CampaignError(
        .unavailable,
        "condor_q: \(target.scheddText) does not say which schedd it is: "
          + CondorDiagnostic.line(String(decoding: run.output.prefix(300), as: UTF8.self), limit: 200))
    }
    return schedd
  }

  /// `-- Schedd: NAME : <ADDRESS?... @ 11/27/26 14:13:58`.
  static func schedd(header output: [UInt8]) -> Submission.Schedd? {
    let mark = "-- Schedd: "
    for line in String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline)
    where line.hasPrefix(mark) {
      let fields = line.dropFirst(mark.count).split(separator: " ")
      guard let name = fields.first else { continue }
      let address = fields.first { $0.hasPrefix("<") }.map { $0.dropFirst().prefix { !"?> ".contains($0) } }
      return .init(name: String(name), address: address.map { "<\($0)>" })
    }
    return nil
  }

  /// Submits a description and gives the cluster. All jobs of it are submitted, or none; only with
  /// ``Submission/Target/spool`` can jobs be left over that lack their files, held with code 16.
  ///
  /// - Parameters:
  ///   - description: its name in `directory`.
  ///   - directory: where condor_submit runs; what the description names is relative to it.
  ///   - lock: what keeps a second submission out. It is held for as long as condor_submit runs, and whatever it has
  ///     started: where it is a script, its child continues when this process is killed.
  /// - Throws: ``NothingSubmitted`` where that is certain, else ``CampaignError``.
  package func submit(
    _ description: String, in directory: String, to target: Submission.Target, holding lock: LockedFile? = nil
  ) async throws -> Int {
    var arguments = CondorTool.submit.schedd(target)
    if target.spool { arguments.append("-spool") }
    // Terse: the only line is "CLUSTER.FIRST - CLUSTER.LAST".
    arguments += ["-terse", "-single-cluster", description]
    let run: ToolRun
    do {
      run = try await started(
        .submit, arguments, directory: directory, holding: lock, limit: Self.transferLimit)
    } catch let error as CampaignError where error.status != .stoppedEarly {
      throw NothingSubmitted(error: error)
    }
    guard run.ending == .exited(0), !run.timedOut else {
      let error = CondorDiagnostic.error(.submit, run, target)
      if CondorDiagnostic.isBeforeAnyJob(run) { throw NothingSubmitted(error: error) }
      throw error
    }
    guard let cluster = Self.cluster(run.output) else {
      throw CampaignError(
        .internalError,
        "condor_submit did not say which cluster it made: \(CondorDiagnostic.line(String(decoding: run.output.prefix(200), as: UTF8.self), limit: 200))"
      )
    }
    return cluster
  }

  /// The clusters that match, as the schedd makes jobs of them bit by bit (`max_materialize`); JSON as of
  /// ``queue(_:constraint:attributes:)``. A cluster can be there while none of its jobs is.
  ///
  /// - Throws: ``CampaignError``.
  package func factories(_ target: Submission.Target, constraint: String, attributes: [String]) async throws
    -> [UInt8]
  {
    let arguments =
      ["-allusers", "-factory", "-constraint", constraint, "-json"] + Self.selection(attributes)
    return try await answer(.queue, arguments, target)
  }

  /// What the schedd has: a JSON array of ads with those of the attributes that a job has. Nothing at all (0 bytes)
  /// when no job matches. Expressions come as strings: `"\/Expr(…)\/"`.
  ///
  /// - Parameter attributes: which; empty: all.
  /// - Throws: ``CampaignError``.
  package func queue(_ target: Submission.Target, constraint: String, attributes: [String] = [])
    async throws -> [UInt8]
  {
    let arguments = ["-allusers", "-constraint", constraint, "-json"] + Self.selection(attributes)
    return try await answer(.queue, arguments, target)
  }

  /// What the schedd had, latest first; JSON as of ``queue(_:constraint:attributes:)``, `[ ]` when nothing matches.
  /// Histories are rotated away: that something is not in there means nothing.
  ///
  /// - Parameters:
  ///   - attributes: which; empty: all.
  ///   - limit: the most jobs; nil: all that match. It is slow to find the last one of few in a long history.
  ///   - since: nothing that ended before is looked at; nil: the whole history.
  /// - Throws: ``CampaignError``.
  package func history(
    _ target: Submission.Target, constraint: String, attributes: [String] = [], limit: Int? = nil,
    since: Date? = nil
  ) async throws -> [UInt8] {
    var arguments = ["-constraint", constraint, "-json"] + Self.selection(attributes)
    if let limit { arguments += ["-limit", "\(limit)"] }
    if let since {
      arguments += ["-since", "EnteredCurrentStatus < \(Int(since.timeIntervalSince1970))"]
    }
    return try await answer(.history, arguments, target)
  }

  /// Takes jobs off the queue; false if none matched.
  ///
  /// - Parameters:
  ///   - reason: stands in the jobs' ads as `RemoveReason`.
  ///   - bringingOutput: whether jobs that run are to bring home what they have, where HTCondor can do that: `condor_rm` has
  ///     `-transfer` from version 25 on.
  /// - Throws: ``CampaignError``.
  @discardableResult
  package func remove(
    _ target: Submission.Target, constraint: String, reason: String, bringingOutput: Bool
  ) async throws -> Bool {
    let help = bringingOutput ? try await started(.remove, ["-help"], limit: .seconds(30)).output : []
    let canBring = String(decoding: help, as: UTF8.self).contains("-transfer")
    let arguments =
      CondorTool.remove.schedd(target) + (canBring ? ["-transfer"] : [])
      + ["-reason", reason, "-constraint", constraint]
    let run = try await started(.remove, arguments, limit: Self.questionLimit)
    if run.ending == .exited(0) { return true }
    // The same words follow a refusal or a dead schedd, after others.
    let said = String(decoding: run.errorOutput + run.output, as: UTF8.self)
    let lines = said.split(whereSeparator: \.isNewline)
    if !run.timedOut, lines.count == 1, said.contains("Couldn't find/remove all jobs matching constraint") {
      // Also what it says when some jobs belong to someone else.
      let left = try await queue(
        target, constraint: "(\(constraint)) && JobStatus =!= 3", attributes: ["ClusterId", "Owner"])
      if !left.contains(UInt8(ascii: "{")) { return false }
      throw CampaignError(.noPermission, "condor_rm: \(target.scheddText) keeps jobs that are not ours")
    }
    throw CondorDiagnostic.error(.remove, run, target)
  }

  /// Fetches what the spooled jobs that match have left so far to where their ads say (`SUBMIT_Iwd`).
  ///
  /// - Throws: ``CampaignError``.
  package func transferData(_ target: Submission.Target, constraint: String) async throws {
    let arguments = CondorTool.transferData.schedd(target) + ["-constraint", constraint]
    _ = try await ended(.transferData, arguments, target, limit: Self.transferLimit)
  }

  private static func selection(_ attributes: [String]) -> [String] {
    attributes.isEmpty ? [] : ["-attributes", attributes.joined(separator: ",")]
  }

  private static func cluster(_ output: [UInt8]) -> Int? {
    for line in String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).reversed() {
      let fields = line.split(separator: " ")
      if fields.count == 3, fields[1] == "-", let number = fields[0].split(separator: ".").first {
        return Int(number)
      }
    }
    return nil
  }

  private func answer(_ tool: CondorTool, _ arguments: [String], _ target: Submission.Target) async throws
    -> [UInt8]
  {
    let run = try await ended(tool, tool.schedd(target) + arguments, target, limit: Self.questionLimit)
    guard !run.isCut else {
      throw CampaignError(.internalError, "\(tool.rawValue): the answer has more than 128 MiB")
    }
    return Self.withoutWarnings(run.output)
  }

  /// condor_history puts its warnings of a damaged history, a line each, between the ads of its answer, and passes over the
  /// ads that it can't read.
  private static func withoutWarnings(_ output: [UInt8]) -> [UInt8] {
    let mark = Array("\t*** Warning: ".utf8)
    guard output.contains(mark[0]) else { return output }
    let newline = UInt8(ascii: "\n")
    return Array(
      output.split(separator: newline, omittingEmptySubsequences: false).filter { !$0.starts(with: mark) }
        .joined(separator: [newline]))
  }

  private func ended(
    _ tool: CondorTool, _ arguments: [String], _ target: Submission.Target, limit: Duration
  ) async throws -> ToolRun {
    let run = try await started(tool, arguments, limit: limit)
    guard run.ending == .exited(0), !run.timedOut else { throw CondorDiagnostic.error(tool, run, target) }
    return run
  }

  private func started(
    _ tool: CondorTool, _ arguments: [String], directory: String? = nil, holding lock: LockedFile? = nil,
    limit: Duration
  ) async throws -> ToolRun {
    var invocation = ToolInvocation(
      tool.rawValue, arguments, environment: environment, workingDirectory: directory)
    invocation.heldFile = lock
    do {
      let run = try await runner.run(invocation, limit: limit)
      if run.wasCancelled {
        throw CampaignError(.stoppedEarly, "\(tool.rawValue) was stopped by a signal")
      }
      return run
    } catch let failure as ToolFailure {
      throw CondorDiagnostic.error(tool, failure)
    }
  }
}
