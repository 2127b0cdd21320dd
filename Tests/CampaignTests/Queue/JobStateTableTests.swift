import Testing

@testable import Campaign

@Suite struct JobStateTableTests {
  static let sums = ReportSummary.Sums(gone: 1, notGone: 1, left: 1)
  static let reports: [ReportSummary] =
    [.missing, .broken("b"), .wrapper("w"), .incomplete("i", sums)]
    + [0, 1, 64, 70, 75, 85].map { .complete($0, "c", sums) }

  static func facts(_ status: JobStatus, code: Int? = nil, signal: Int? = nil, hold: Int? = nil) -> JobFacts {
    var facts = JobFacts(.history, status: status)
    (facts.exitCode, facts.exitSignal, facts.holdCode) = (code, signal, hold)
    return facts
  }

  @Test("every place with every report has a row, and every row is of use")
  func whole() {
    var used: Set<Int> = []
    for queueState in JobStateTable.QueueState.allCases {
      for report in Self.reports {
        for facts in [nil, Self.facts(.completed, code: 0), Self.facts(.completed, signal: 9)] {
          used.insert(JobStateTable.assessment(queueState, facts, report).row)
        }
      }
    }
    #expect(used == Set(JobStateTable.rows.map(\.number)))
    #expect(JobStateTable.rows.map(\.number) == Array(1...JobStateTable.rows.count))
  }

  typealias Case = (JobStateTable.QueueState, JobFacts?, ReportSummary, JobState)

  @Test(
    "rows",
    arguments: [
      (.unsubmitted, nil, .missing, .planned), (.uncertain, nil, .missing, .submitting),
      (.unmade, nil, .missing, .idle), (.held, facts(.held, hold: 12), .complete(0, "", sums), .held),
      (.leaving, facts(.removed), .missing, .leaving), (.waiting, facts(.completed), .missing, .ended),
      (.waiting, facts(.completed), .complete(0, "", sums), .done),
      (.ended, facts(.completed, code: 0), .complete(1, "", sums), .partly),
      (.ended, facts(.completed, code: 0), .complete(75, "", sums), .stoppedEarly),
      (.ended, facts(.completed, code: 0), .complete(85, "", sums), .stoppedEarly),
      (.ended, facts(.completed, code: 0), .complete(78, "", sums), .failed),
      // Whoever was killed after the report was written has done its work.
      (.ended, facts(.completed, signal: 9), .complete(0, "", sums), .done),
      (.removed, facts(.removed), .complete(0, "", sums), .done),
      (.removed, facts(.removed), .incomplete("", sums), .removed),
      (.removed, facts(.removed), .missing, .removed),
      (.ended, facts(.completed, code: 0), .missing, .failed),
      (.ended, facts(.completed, code: 0), .wrapper("x"), .failed),
      (.unknown, nil, .complete(0, "", sums), .done), (.unknown, nil, .missing, .lost),
      (.unknown, nil, .wrapper("x"), .lost),
      (.outOfSight, facts(.running), .missing, .unknown), (.notAsked, nil, .incomplete("", sums), .unknown),
      (.outOfSight, facts(.running), .complete(0, "", sums), .done),
    ] as [Case])
  func row(queueState: JobStateTable.QueueState, facts: JobFacts?, report: ReportSummary, state: JobState) {
    let assessment = JobStateTable.assessment(queueState, facts, report)
    #expect(assessment.state == state)
    // A state that a person has to look at says why and what to do.
    if [.held, .removed, .failed, .lost].contains(state) {
      #expect(assessment.text?.isEmpty == false && assessment.advice?.isEmpty == false)
    }
  }

  @Test("places: what the queue says counts; a job that only the log has at work may be anywhere")
  func locations() {
    func queueState(
      _ source: JobFacts.Source, _ status: JobStatus, before: JobStatus? = nil, spooled: Bool = false,
      asked: Bool = true
    )
      -> JobStateTable.QueueState
    {
      var facts = JobFacts(source, status: status)
      facts.earlierStatus = before
      return JobStateTable.queueState(facts, isSpooled: spooled, isUnmade: false, wasAsked: asked)
    }
    #expect(queueState(.queue, .running) == .running)
    #expect(queueState(.events, .running) == .outOfSight)
    #expect(queueState(.events, .idle) == .outOfSight)
    #expect(queueState(.events, .running, asked: false) == .running)
    #expect(queueState(.events, .completed) == .ended)
    #expect(queueState(.queue, .completed, spooled: true) == .waiting)
    #expect(queueState(.queue, .completed) == .ended)
    #expect(queueState(.history, .completed, spooled: true) == .ended)
    #expect(queueState(.history, .removed, before: .completed) == .ended)
    #expect(queueState(.history, .removed, before: .held) == .removed)
    #expect(queueState(.queue, .removed, before: .running) == .leaving)
    #expect(JobStateTable.queueState(nil, isSpooled: false, isUnmade: true, wasAsked: true) == .unmade)
    #expect(JobStateTable.queueState(nil, isSpooled: false, isUnmade: false, wasAsked: true) == .unknown)
    #expect(JobStateTable.queueState(nil, isSpooled: true, isUnmade: false, wasAsked: false) == .notAsked)
  }

  @Test(
    "hold codes that were seen, and any other one", arguments: [1, 3, 4, 6, 12, 13, 15, 16, 46, 47, 4711])
  func holds(code: Int) {
    let reason = HoldReason.of(code)
    #expect(reason.code == code && !reason.text.isEmpty && !reason.advice.isEmpty)
  }

  @Test(
    "hold codes mean what the manual says",
    arguments: [
      (5, "undefined"), (9, "stream"), (11, "protocol"), (14, "directory"), (18, "protocol"), (20, "time"),
      (21, "WANT_HOLD"), (22, "event log"), (24, "shadow"), (32, "MAX_TRANSFER_INPUT_MB"),
      (33, "MAX_TRANSFER_OUTPUT_MB"), (34, "disk"), (36, "checkpoint"), (45, "container runtime"),
    ])
  func holdText(_ row: (code: Int, word: String)) {
    #expect(HoldReason.of(row.code).text.contains(row.word))
  }

  @Test("each hold code has one meaning, and no code is no meaning") func holdCodes() {
    #expect(Set(HoldReason.all.map(\.code)).count == HoldReason.all.count)
    #expect(HoldReason.of(0) == HoldReason.of(nil))
  }
}
