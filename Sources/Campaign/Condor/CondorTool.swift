/// HTCondor's own tools, as far as they are used here.
package enum CondorTool: String, Sendable, CaseIterable {
  /// Gives jobs to a schedd.
  case submit = "condor_submit"
  /// Shows the jobs that a schedd has.
  case queue = "condor_q"
  /// Shows the jobs that a schedd had.
  case history = "condor_history"
  /// Takes jobs off a queue.
  case remove = "condor_rm"
  /// Fetches what spooled jobs have left.
  case transferData = "condor_transfer_data"

  /// The arguments with which a tool finds the schedd. Measured with HTCondor 23.9: an address is taken by `-addr`,
  /// except by condor_history, which has only `-name` and takes it there; condor_q finds nothing by `-name ADDRESS`.
  func schedd(_ target: Submission.Target) -> [String] {
    var arguments: [String] = []
    if let schedd = target.schedd {
      let isAddress = schedd.hasPrefix("<") && self != .history
      arguments += [isAddress ? "-addr" : "-name", schedd]
    }
    if let pool = target.pool { arguments += ["-pool", pool] }
    return arguments
  }
}
