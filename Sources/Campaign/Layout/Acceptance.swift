/// What is refused unless a person accepts just that, with `--accept NAME`.
package enum Acceptance: String, Sendable, Equatable, CaseIterable, Codable {
  /// A list or a protected list that is fetched without TLS: anybody on the way can change it.
  case plainHTTP = "plain-http"
  /// A list or a protected list whose last line has no end: it may have been cut there.
  case cutList = "cut-list"
  /// A list in which lines are no LFNs at all, or most of whose entries can't be deleted by the safety rules.
  case foreignEntries = "foreign-entries"
  /// A list that has another number of entries than its scan has counted.
  case scanCount = "scan-count"
  /// A list that has fewer than half of the entries that the last campaign has left, or protected lists with fewer than
  /// half of its entries.
  case shorterList = "shorter-list"
  /// Protected lists that have no entry at, above or below an allowed root.
  case unrelatedProtected = "unrelated-protected"
  /// Living jobs of another campaign, or of another round, delete from the same RSE.
  case overlap
  /// A schedd of the same name at another address than before, which knows nothing of a submission that was cut short: to be
  /// accepted where it is the same schedd, as another one may have the jobs.
  case movedSchedd = "moved-schedd"
  /// Input files that take more room at the schedd than a spooled submission should.
  case largeSpool = "large-spool"
  /// A door that forgets what a macaroon is limited to, so that who gets hold of it can do what the submitter may.
  case forgetfulDoor = "forgetful-door"

  /// What is accepted, for people.
  package var text: String {
    switch self {
    case .plainHTTP: "a list that is fetched without TLS"
    case .cutList: "a list whose last line has no end"
    case .foreignEntries: "a list in which lines are no LFNs, or most entries are refused"
    case .scanCount: "a list with another number of entries than its scan has counted"
    case .shorterList:
      "a list with fewer than half of what the last campaign has left, or protected lists with fewer than half of its own"
    case .unrelatedProtected: "protected lists without an entry that concerns an allowed root"
    case .overlap: "living jobs that delete from the same RSE"
    case .movedSchedd: "a schedd at another address that is certainly the same"
    case .largeSpool: "input files that take much room in the schedd's spool"
    case .forgetfulDoor: "a door that forgets what a macaroon is limited to"
    }
  }

  /// What "plan" can be told to accept.
  package static let ofPlan: [Acceptance] = [
    .plainHTTP, .cutList, .foreignEntries, .scanCount, .shorterList, .unrelatedProtected,
  ]
  /// What "submit" can be told to accept.
  package static let ofSubmit: [Acceptance] = [.overlap, .movedSchedd, .largeSpool, .forgetfulDoor]
  /// What a cycle can be told to accept. Where jobs of another campaign live, it waits for their end.
  package static let ofCycle = (ofPlan + ofSubmit).filter { $0 != .overlap }

  /// Names and meanings, for `--help`.
  package static func text(_ choices: [Acceptance]) -> String {
    choices.map { "\($0.rawValue) (\($0.text))" }.joined(separator: ", ")
  }

  /// The one of that name. Throws ``SettingProblem`` where there is none, or where it would have no effect.
  ///
  /// - Parameter choices: those that have one, such as ``ofPlan``.
  package static func named(_ name: String, of choices: [Acceptance]) throws(SettingProblem) -> Acceptance {
    let known = Acceptance(rawValue: name)
    guard let known, choices.contains(known) else {
      let problem = known == nil ? "is not known" : "has no effect here"
      throw SettingProblem(
        "\"\(name)\" \(problem); there are \(choices.map(\.rawValue).joined(separator: ", "))")
    }
    return known
  }

  /// What asks for this acceptance.
  var hint: String { "; use --accept \(rawValue) to continue anyway" }
}
