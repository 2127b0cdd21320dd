/// An event of HTCondor's event log, as far as it says where a job is (HTCondor manual, Job Event Log Codes).
enum JobEvent: Sendable, Equatable {
  case submitted
  case started(host: String?)
  case evicted
  /// It ended, and its policy (`max_retries`) put it back into the queue.
  case requeued(code: Int?)
  case ended(code: Int?, signal: Int?)
  /// The shadow failed, or the connection to the job is lost for good: it is run again.
  case interrupted
  case removed(reason: String?)
  case suspended
  case resumed
  case held(code: Int?, subcode: Int?, reason: String?)
  case released
  case outputBegun
  case outputFinished
  /// What the job's ad had at the event before (``JobFacts/loggedAttributes``): the payload's progress, and the slot, which the
  /// event of a start names after its host only, also where several startds of different names are on that.
  case shown(progress: JobProgress?, host: String?)

  /// From the attributes of an event in XML form; nil for events of other kinds.
  init?(_ ad: JobAttributes) {
    switch ad.integer("EventTypeNumber") {
    case 0: self = .submitted
    case 1: self = .started(host: ad.string("SlotName").map(JobFacts.host))
    case 4:
      self =
        ad.boolean("TerminatedAndRequeued") == true
        ? .requeued(code: ad.boolean("TerminatedNormally") == true ? ad.integer("ReturnValue") : nil)
        : .evicted
    case 5:
      self =
        ad.boolean("TerminatedNormally") == true
        ? .ended(code: ad.integer("ReturnValue"), signal: nil)
        : .ended(code: nil, signal: ad.integer("TerminatedBySignal"))
    case 7, 24: self = .interrupted
    case 9: self = .removed(reason: CondorDiagnostic.line(ad.string("Reason")))
    case 10: self = .suspended
    case 11: self = .resumed
    case 12:
      self = .held(
        code: ad.integer("HoldReasonCode"), subcode: ad.integer("HoldReasonSubCode"),
        reason: CondorDiagnostic.line(ad.string("HoldReason")))
    case 13: self = .released
    case 28: self = Self.shown(ad)
    case 40:
      switch ad.integer("Type") {
      case 5: self = .outputBegun
      case 6: self = .outputFinished
      default: return nil
      }
    default: return nil
    }
  }

  /// From an event in text form: its number, the rest of its first line, the lines below.
  init?(number: Int, title: Substring, lines: [Substring]) {
    let first = lines.first.map { $0.drop { $0 == "\t" || $0 == " " } }.map(String.init)
    switch number {
    case 0: self = .submitted
    case 1:
      let slot = lines.lazy.compactMap { Self.text(after: "SlotName: ", in: $0) }.first
      self = .started(host: slot.map(JobFacts.host))
    case 4:
      self =
        lines.contains { $0.contains("Job terminated and was requeued") }
        ? .requeued(code: lines.lazy.compactMap { Self.number(after: "(return value ", in: $0) }.first)
        : .evicted
    case 5:
      self = .ended(
        code: lines.lazy.compactMap { Self.number(after: "(return value ", in: $0) }.first,
        signal: lines.lazy.compactMap { Self.number(after: "(signal ", in: $0) }.first)
    case 7, 24: self = .interrupted
    case 9: self = .removed(reason: CondorDiagnostic.line(first))
    case 10: self = .suspended
    case 11: self = .resumed
    case 12:
      let code = lines.last { $0.contains("Code ") }
      self = .held(
        code: code.flatMap { Self.number(after: "Code ", in: $0) },
        subcode: code.flatMap { Self.number(after: "Subcode ", in: $0) }, reason: CondorDiagnostic.line(first)
      )
    case 13: self = .released
    case 28: self = Self.shown(Self.attributes(lines))
    case 40:
      if title.contains("Started transferring output") {
        self = .outputBegun
      } else if title.contains("Finished transferring output") {
        self = .outputFinished
      } else {
        return nil
      }
    default: return nil
    }
  }

  private static func shown(_ ad: JobAttributes) -> JobEvent {
    .shown(progress: JobProgress(ad), host: JobFacts.host(of: ad))
  }

  /// Those of lines such as `ChirpSwabDone = 17` and `RemoteHost = "slot1@node.site"`.
  private static func attributes(_ lines: [Substring]) -> JobAttributes {
    var attributes = JobAttributes()
    for line in lines {
      let fields = line.split(separator: " ")
      guard fields.count == 3, fields[1] == "=" else { continue }
      attributes[String(fields[0])] =
        Int(fields[2]).map { .integer($0) }
        ?? .string(String(fields[2].drop { $0 == "\"" }.prefix { $0 != "\"" }))
    }
    return attributes
  }

  private static func text(after phrase: String, in line: Substring) -> String? {
    line.firstRange(of: phrase).map { String(line[$0.upperBound...]) }
  }

  private static func number(after phrase: String, in line: Substring) -> Int? {
    text(after: phrase, in: line).flatMap { Int($0.prefix { $0.isNumber || $0 == "-" }) }
  }
}

extension JobFacts {
  /// Takes note of what has happened next.
  mutating func take(_ event: JobEvent) {
    switch event {
    case .submitted:
      if status == nil { change(to: .idle) }
    case .started(let host):
      change(to: .running)
      starts += 1
      if let host { self.host = host }
    case .evicted, .interrupted:
      // The log says "evicted" of a job that is being removed or held as well, before it says so.
      change(to: .idle)
    case .requeued(let code):
      change(to: .idle)
      earlierRuns.append(Run(host: host, exitCode: code))
    case .ended(let code, let signal):
      change(to: .completed)
      (exitCode, exitSignal) = (code, signal)
    case .removed(let reason):
      change(to: .removed)
      removeReason = reason
    case .suspended: change(to: .suspended)
    case .resumed: change(to: .running)
    case .held(let code, let subcode, let reason):
      change(to: .held)
      (holdCode, holdSubcode, holdReason) = (code, subcode, reason)
    case .released: change(to: .idle)
    case .outputBegun:
      if status == .running { change(to: .transferring) }
    case .outputFinished:
      // A checkpoint: then it continues to run. At the end of a job the next event follows at once.
      if status == .transferring { change(to: .running) }
    case .shown(let progress, let host):
      self.progress = progress ?? self.progress
      self.host = host ?? self.host
    }
  }

  private mutating func change(to status: JobStatus) {
    if self.status != status { earlierStatus = self.status }
    if status != .held { (holdCode, holdSubcode, holdReason) = (nil, nil, nil) }
    self.status = status
  }
}
