import Backends

/// The way to HTCondor: its own tools, each started with a list of arguments and with no more of our environment than it
/// needs.
public struct CondorTools: Sendable {
  private let runner: any ProcessRunner
  private let environment: ChildEnvironment

  /// How long a question may take. A remote history is slow.
  public static let questionLimit: Duration = .seconds(300)
  /// How long files may travel.
  public static let transferLimit: Duration = .seconds(4 * 3600)

  /// Uses the tools on the `PATH` of this environment. A schedd's answer can have 128 MiB: some 100 000 jobs with the
  /// attributes that are asked for.
  public init(environment: [String: String]) {
    let search = ExecutableSearch(path: environment["PATH"])
    self.init(
      runner: SubprocessRunner(search: search, outputLimit: 128 << 20, grace: .seconds(5)),
      environment: ChildEnvironment(condorInheriting: environment, search: search))
  }

  /// Uses this runner.
  public init(runner: any ProcessRunner, environment: ChildEnvironment) {
    self.runner = runner
    self.environment = environment
  }

  /// Submits a description and gives the cluster. All jobs of it are submitted, or none; only with
  /// ``Submission/Target/spool`` can jobs be left over that lack their files, held with code 16.
  ///
  /// - Parameters:
  ///   - description: its name in `folder`.
  ///   - folder: where condor_submit runs; what the description names is relative to it.
  /// - Throws: ``NothingSubmitted`` where that is certain, else ``CampaignError``.
  public func submit(_ description: String, in folder: String, to target: Submission.Target) async throws
    -> Int
  {
    var arguments = CondorTool.submit.schedd(target)
    if target.spool { arguments.append("-spool") }
    // Terse: the only line is "CLUSTER.FIRST - CLUSTER.LAST".
    arguments += ["-terse", "-single-cluster", description]
    let run: ToolRun
    do {
      run = try await started(.submit, arguments, folder: folder, limit: Self.transferLimit)
    } catch let error as CampaignError where error.status != .stoppedEarly {
      throw NothingSubmitted(error: error)
    }
    guard run.ending == .exited(0), !run.timedOut else {
      let error = CondorComplaint.error(.submit, run, target)
      if CondorComplaint.isBeforeAnyJob(run) { throw NothingSubmitted(error: error) }
      throw error
    }
    guard let cluster = Self.cluster(run.output) else {
      throw CampaignError(
        .internalError,
        "condor_submit did not say which cluster it made: \(String(decoding: run.output.prefix(200), as: UTF8.self))"
      )
    }
    return cluster
  }

  /// What the schedd has: a JSON array of ads with those of the attributes that a job has. Nothing at all (0 bytes)
  /// when no job matches. Expressions come as strings: `"\/Expr(…)\/"`.
  ///
  /// - Parameter attributes: which; empty: all.
  /// - Throws: ``CampaignError``.
  public func queue(_ target: Submission.Target, constraint: String, attributes: [String] = [])
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
  /// - Throws: ``CampaignError``.
  public func history(
    _ target: Submission.Target, constraint: String, attributes: [String] = [], limit: Int? = nil
  ) async throws -> [UInt8] {
    var arguments = ["-constraint", constraint, "-json"] + Self.selection(attributes)
    if let limit { arguments += ["-limit", "\(limit)"] }
    return try await answer(.history, arguments, target)
  }

  /// Takes jobs off the queue; false if none matched.
  ///
  /// - Parameter reason: stands in the jobs' ads as `RemoveReason`.
  /// - Throws: ``CampaignError``.
  @discardableResult
  public func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool {
    let arguments =
      CondorTool.remove.schedd(target) + ["-reason", reason, "-constraint", constraint]
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
      throw CampaignError(.noPermission, "condor_rm: \(target.scheddInWords) keeps jobs that are not ours")
    }
    throw CondorComplaint.error(.remove, run, target)
  }

  /// Fetches what the spooled jobs that match have left so far to where their ads say (`SUBMIT_Iwd`).
  ///
  /// - Throws: ``CampaignError``.
  public func transferData(_ target: Submission.Target, constraint: String) async throws {
    let arguments = CondorTool.transferData.schedd(target) + ["-constraint", constraint]
    _ = try await ended(.transferData, arguments, target, limit: Self.transferLimit)
  }

  private static func selection(_ attributes: [String]) -> [String] {
    attributes.isEmpty ? [] : ["-attributes", attributes.joined(separator: ",")]
  }

  private static func cluster(_ output: [UInt8]) -> Int? {
    for line in String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).reversed() {
      let words = line.split(separator: " ")
      if words.count == 3, words[1] == "-", let number = words[0].split(separator: ".").first {
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
    return run.output
  }

  private func ended(
    _ tool: CondorTool, _ arguments: [String], _ target: Submission.Target, limit: Duration
  ) async throws -> ToolRun {
    let run = try await started(tool, arguments, limit: limit)
    guard run.ending == .exited(0), !run.timedOut else { throw CondorComplaint.error(tool, run, target) }
    return run
  }

  private func started(
    _ tool: CondorTool, _ arguments: [String], folder: String? = nil, limit: Duration
  ) async throws -> ToolRun {
    let invocation = ToolInvocation(
      tool.rawValue, arguments, environment: environment, workingDirectory: folder)
    do {
      let run = try await runner.run(invocation, limit: limit)
      if run.wasCancelled {
        throw CampaignError(.stoppedEarly, "\(tool.rawValue) was stopped by a signal")
      }
      return run
    } catch let failure as ToolFailure {
      throw CondorComplaint.error(tool, failure)
    }
  }
}
