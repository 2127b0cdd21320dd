import CondorJob

/// Which machines the jobs are kept away from.
///
/// A machine's name is what stands behind the first `@` of its slots' names: that tells two startds of one host from each
/// other. A glidein's name is new each time, so there its `Machine` counts.
extension SubmitDescription {
  /// Parts of `requirements`.
  func hostRequirements() throws -> [String] {
    var parts: [String] = []
    let avoided = (round.avoidedHosts ?? []).filter(Self.isPlain)
    if !avoided.isEmpty {
      let list = try SubmitText.expression("{\(avoided.map { "\"\($0)\"" }.joined(separator: ", "))}")
      parts.append("!member(splitSlotName(TARGET.Name)[1], \(list)) && !member(TARGET.Machine, \(list))")
    }
    if remembersHosts {
      // Not where it failed before, unless no other machine has taken it for long: some pools have only one.
      let earlier = (0..<hostHistory).map {
        "splitSlotName(TARGET.Name)[1] =!= splitSlotName(MachineAttrName\($0))[1] && "
          + "(TARGET.Machine =!= MachineAttrMachine\($0) || !regexp(\"@glidein_\", TARGET.Name))"
      }
      parts.append(
        "(time() - EnteredCurrentStatus > \(settings.minimumFailSeconds * Self.removalFactor) || "
          + "(\(earlier.joined(separator: " && "))))")
    }
    return parts
  }

  /// What HTCondor notes of each machine that a job runs on, in `MachineAttrNAME0`, `MachineAttrNAME1` and so on, the last
  /// run first (HTCondor manual, condor_submit, `job_machine_attrs`).
  func machineAttributes() -> [(String, String)] {
    let names = "GLIDEIN_CMSSite,GLIDEIN_Gatekeeper,MaxHibernateTime"
    guard remembersHosts else { return [("JobMachineAttrs", "\"\(names)\"")] }
    return [
      ("JobMachineAttrs", "\"\(names),Machine,Name\""), ("JobMachineAttrsHistoryLength", "\(hostHistory)"),
    ]
  }

  /// For so many times `minimum-fail-seconds` a job waits for another machine than those it failed on.
  private static let removalFactor = 10
  /// The most machines that a job remembers: each is a part of its requirements.
  private static let historyLimit = 8

  private var hostHistory: Int { min(settings.retries, Self.historyLimit) }
  private var remembersHosts: Bool { !isGrid && hostHistory > 0 && settings.minimumFailSeconds > 0 }

  /// Names that mean nothing to the submit language and to ClassAds.
  private static func isPlain(_ host: String) -> Bool {
    !host.isEmpty && host.utf8.allSatisfy { PlainName.isAllowed($0) || $0 == UInt8(ascii: "@") }
  }
}
