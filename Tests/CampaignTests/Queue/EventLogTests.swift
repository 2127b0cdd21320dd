import ByteStreams
import Testing

@testable import Campaign

@Suite struct EventLogTests {
  /// An event in XML form, as HTCondor 23.9 writes it.
  static func xml(_ number: Int, _ process: Int, _ more: String = "") -> String {
    """
    <c>
        <a n="ToE"><c>
            <a n="How"><s>OF_ITS_OWN_ACCORD</s></a>
            <a n="ExitCode"><i>7</i></a>
            <a n="Proc"><i>99</i></a>
        </c></a>
        <a n="Proc"><i>\(process)</i></a>
        <a n="Cluster"><i>10</i></a>
        <a n="Subproc"><i>0</i></a>
        <a n="EventTime"><s>2026-11-21T18:19:55.348</s></a>
        <a n="EventTypeNumber"><i>\(number)</i></a>
    \(more)
    </c>

    """
  }

  static let ended = "    <a n=\"ReturnValue\"><i>3</i></a>\n    <a n=\"TerminatedNormally\"><b v=\"t\"/></a>"
  static let killed =
    "    <a n=\"TerminatedNormally\"><b v=\"f\"/></a>\n    <a n=\"TerminatedBySignal\"><i>9</i></a>"
  static let held =
    "    <a n=\"HoldReason\"><s>a &lt;b&gt; &amp;amp; c</s></a>\n    <a n=\"HoldReasonCode\"><i>12</i></a>\n    <a n=\"HoldReasonSubCode\"><i>2</i></a>"
  static let removed = "    <a n=\"Reason\"><s>via condor_rm (by user x)</s></a>"
  static let host = "    <a n=\"SlotName\"><s>slot1_2@node.site</s></a>"

  private func read(_ text: String) throws -> EventLog {
    try EventLog(MemorySource(Array(text.utf8), chunkSize: 1000))
  }

  private func facts(_ text: String) throws -> JobFacts? {
    try read(text).jobs[.init(cluster: 10, process: 0)]
  }

  @Test("no log is an empty one")
  func missing() throws { #expect(try EventLog(path: "/nonexistent/events.log").jobs.isEmpty) }

  @Test("a cluster that was taken off the queue makes no more jobs", arguments: [(0, 2), (-1, 2), (1, nil)])
  func neverMade(completion: Int, from: Int?) throws {
    let log = try read(
      Self.xml(0, 0)
        + """
        <c>
            <a n="MyType"><s>ClusterRemoveEvent</s></a>
            <a n="Cluster"><i>10</i></a>
            <a n="Completion"><i>\(completion)</i></a>
            <a n="NextProcId"><i>2</i></a>
            <a n="EventTypeNumber"><i>36</i></a>
        </c>

        """)
    #expect(log.neverMadeFrom[10] == from && log.jobs.count == 1)
  }

  @Test(
    "a job's way through the log in XML form",
    arguments: [
      ([xml(0, 0)], JobStatus.idle),
      ([xml(0, 0), xml(1, 0, host)], .running),
      ([xml(0, 0), xml(1, 0, host), xml(40, 0, "    <a n=\"Type\"><i>5</i></a>")], .transferring),
      (
        [
          xml(1, 0, host), xml(40, 0, "    <a n=\"Type\"><i>5</i></a>"),
          xml(40, 0, "    <a n=\"Type\"><i>6</i></a>"),
        ],
        .running
      ),
      ([xml(1, 0), xml(4, 0)], .idle), ([xml(1, 0), xml(7, 0)], .idle), ([xml(1, 0), xml(24, 0)], .idle),
      ([xml(1, 0), xml(22, 0)], .running), ([xml(1, 0), xml(10, 0)], .suspended),
      ([xml(1, 0), xml(10, 0), xml(11, 0)], .running), ([xml(1, 0), xml(12, 0, held)], .held),
      ([xml(1, 0), xml(12, 0, held), xml(13, 0)], .idle), ([xml(1, 0), xml(5, 0, ended)], .completed),
      ([xml(1, 0), xml(9, 0, removed)], .removed),
    ])
  func states(events: [String], status: JobStatus) throws {
    #expect(try facts(events.joined())?.status == status)
  }

  @Test("details; those of nested ads are not the event's")
  func details() throws {
    let end = try #require(try facts(Self.xml(1, 0, Self.host) + Self.xml(5, 0, Self.ended)))
    #expect(end.exitCode == 3 && end.exitSignal == nil && end.host == "node.site" && end.starts == 1)
    #expect(try facts(Self.xml(5, 0, Self.killed))?.exitSignal == 9)
    let hold = try #require(try facts(Self.xml(12, 0, Self.held)))
    #expect(hold.holdCode == 12 && hold.holdSubcode == 2 && hold.holdReason == "a <b> &amp; c")
    let removed = try #require(try facts(Self.xml(5, 0, Self.ended) + Self.xml(9, 0, Self.removed)))
    #expect(removed.hasEnded && removed.exitCode == 3 && removed.removeReason == "via condor_rm (by user x)")
  }

  @Test("what the job's ad had of its progress at an event, in both forms")
  func progress() throws {
    func told(_ done: Int, _ deleted: Int) -> String {
      "    <a n=\"ChirpSwabTotal\"><i>200</i></a>\n    <a n=\"ChirpSwabDone\"><i>\(done)</i></a>\n"
        + "    <a n=\"ChirpSwabDeleted\"><i>\(deleted)</i></a>"
    }
    let removed =
      Self.xml(1, 0) + Self.xml(28, 0, told(90, 80)) + Self.xml(9, 0) + Self.xml(28, 0, told(170, 157))
    #expect(try facts(removed)?.progress == JobProgress(total: 200, done: 170, deleted: 157, failed: 0))
    #expect(try facts(removed)?.status == .removed)
    #expect(try facts(Self.xml(1, 0) + Self.xml(28, 0))?.progress == nil)
    let text = """
      001 (010.000.000) 2026-11-21 18:20:39 Job executing on host: <127.0.0.1:29718>
      ...
      028 (010.000.000) 2026-11-21 18:20:39 Job ad information event triggered.
      ChirpSwabDeleted = 5
      ChirpSwabDone = 6
      ChirpSwabFailed = 1
      ChirpSwabTotal = 10
      TriggerEventTypeName = "ULOG_EXECUTE"
      ...

      """
    #expect(try facts(text)?.progress == JobProgress(total: 10, done: 6, deleted: 5, failed: 1))
  }

  @Test("of two startds on one host the ad behind the event of a start tells which one it is")
  func startds() throws {
    let shown = "    <a n=\"RemoteHost\"><s>slot1_2@second@node.site</s></a>"
    let requeued =
      "    <a n=\"TerminatedAndRequeued\"><b v=\"t\"/></a>\n    <a n=\"TerminatedNormally\"><b v=\"t\"/></a>\n"
      + "    <a n=\"ReturnValue\"><i>78</i></a>"
    let first = Self.xml(1, 0, Self.host) + Self.xml(28, 0, shown) + Self.xml(4, 0, requeued)
    #expect(try facts(first)?.earlierRuns == [.init(host: "second@node.site", exitCode: 78)])
    // What the ad still has of the run before is not the next one's machine.
    let last = "    <a n=\"LastRemoteHost\"><s>slot1_2@second@node.site</s></a>\n"
    let next = "    <a n=\"RemoteHost\"><s>slot1_1@third@node.site</s></a>"
    #expect(
      try facts(first + Self.xml(1, 0, Self.host) + Self.xml(28, 0, last + next))?.host == "third@node.site")
    let text = """
      001 (010.000.000) 2026-11-21 18:20:39 Job executing on host: <127.0.0.1:29718>
      \tSlotName: slot1_2@node.site
      ...
      028 (010.000.000) 2026-11-21 18:20:39 Job ad information event triggered.
      RemoteHost = "slot1_2@second@node.site"
      ...

      """
    #expect(try facts(text)?.host == "second@node.site")
  }

  @Test("an event that is cut short anywhere takes nothing else along")
  func torn() throws {
    let before = Self.xml(1, 0, Self.host)
    let last = Self.xml(5, 0, Self.ended)
    for length in 0..<(last.utf8.count - 1) {
      let cut = String(decoding: Array(last.utf8.prefix(length)), as: UTF8.self)
      #expect(try facts(before + cut)?.status == .running, "cut after \(length)")
      // Someone wrote on behind it.
      #expect(
        try facts(before + cut + "\n" + Self.xml(12, 0, Self.held))?.status == .held, "cut after \(length)")
    }
    #expect(try facts(before + last)?.status == .completed)
  }

  @Test("a cluster is known by its submitter's note, and never by half of one")
  func notes() throws {
    let event = Self.xml(0, 0, "    <a n=\"UserNotes\"><s>swab campaign c round 1</s></a>\n")
    for length in 0...event.utf8.count {
      let cut = String(decoding: Array(event.utf8.prefix(length)), as: UTF8.self)
      let known = cut.contains("</c>\n")
      #expect(
        try read(cut).notes == (known ? [10: "swab campaign c round 1"] : [:]), "cut after \(length)")
    }
    #expect(try read(Self.xml(0, 0)).notes.isEmpty)
    for (note, isOwn) in [
      ("swab campaign c round 1", true), ("swab campaign c round 1, first 3", true),
      ("swab campaign c round 11", false), ("swab campaign c round 11, first 3", false), ("", false),
    ] {
      #expect(EarlierJobs.isNote(note, campaign: "c", round: 1) == isOwn, "\(note)")
    }
    #expect(try EventLog(path: "/nonexistent/events.log").notes.isEmpty)
  }

  @Test("the text form, and what else stands in a log")
  func text() throws {
    let log = """
      000 (010.000.000) 2026-11-21 18:20:38 Job submitted from host: <127.0.0.1:29718>
      ...
      001 (010.000.000) 2026-11-21 18:20:39 Job executing on host: <127.0.0.1:29718>
      \tSlotName: slot1_2@node.site
      \tCpus = 1
      ...
      004 (010.001.000) 2026-11-21 18:21:35 Job was evicted.
      \t(0) CPU times
      ...
      012 (010.001.000) 2026-11-21 18:21:35 Job was held.
      \tvia condor_hold (by user x)
      \tCode 1 Subcode 0
      ...
      005 (010.000.000) 2026-11-21 18:21:40 Job terminated.
      \t(1) Normal termination (return value 4)
      ...
      005 (010.002.000) 2026-11-21 18:21:40 Job terminated.
      \t(0) Abnormal termination (signal 11)
      ...
      009 (010.003.000) 2026-11-21 18:21:56 Job was aborted.
      \tvia condor_rm (by user x)
      ...
      040 (010.004.000) 11/21 18:21:56 Started transferring input files
      ...
      garbage
      005 (010.004.000) 2026-11-21 18:21:56 Job termin
      """
    let jobs = try read(log).jobs
    func job(_ process: Int) -> JobFacts? { jobs[.init(cluster: 10, process: process)] }
    #expect(job(0)?.status == .completed && job(0)?.exitCode == 4 && job(0)?.host == "node.site")
    #expect(job(1)?.status == .held && job(1)?.holdCode == 1 && job(1)?.holdSubcode == 0)
    #expect(job(1)?.holdReason == "via condor_hold (by user x)")
    #expect(job(2)?.exitSignal == 11 && job(2)?.exitCode == nil)
    #expect(job(3)?.removeReason == "via condor_rm (by user x)")
    #expect(job(4) == nil)
  }
}
