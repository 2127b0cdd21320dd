import DeletionModel
import TestSupport
import Testing
@testable import XRootDProtocol
@testable import BackendXRootD
@testable import BackendTools

/// The parts of the work on a connection, each by itself.
@Suite struct XRootQueueTests {
  static let start = Moment(sinceStart: .zero)

  func queue(_ stages: [XRootWork.Stage], usesStatx: Bool) -> XRootRequestQueue {
    var queue = XRootRequestQueue(usesStatx: usesStatx)
    for (index, stage) in stages.enumerated() { queue.add(index, stage) }
    return queue
  }

  func work(_ stages: [XRootWork.Stage]) -> XRootWork {
    XRootMachineTests.work(stages, .init(usesStatx: false))
  }

  // MARK: Block size

  @Test func `blocks shrink where files are missing, and grow again`() {
    var size = XRootBlockSize(usesStatx: true)
    #expect(size.count == 64)
    var counts: [Int] = []
    for _ in 0..<7 {
      size.blockFailed(XRootErrorCode.notFound)
      counts.append(size.count)
    }
    #expect(counts == [32, 16, 8, 4, 2, 1, 1])
    for _ in 0..<63 { size.pathFound() }
    size.pathFailed()
    for _ in 0..<63 { size.pathFound() }
    #expect(size.count == 1)
    size.pathFound()
    #expect(size.count == 2 && size.knowsStatx)
    for _ in 0..<9 { size.blockSucceeded() }
    #expect(size.count == 64)
  }

  @Test func `a server that does not know blocks is asked no more`() {
    for code in [XRootErrorCode.invalidRequest, XRootErrorCode.unsupported] {
      var size = XRootBlockSize(usesStatx: true)
      size.blockFailed(code)
      for _ in 0..<200 { size.pathFound() }
      #expect(size.count == 1 && !size.knowsStatx)
    }
  }

  // MARK: Queue

  @Test func `stats come first, but only so far ahead`() {
    var queue = queue(Array(repeating: .whole, count: 200), usesStatx: true)
    var sent = XRootSentRequests()
    #expect(queue.count == 4)
    #expect(queue.next(sent) == .statBlock(0..<64))
    _ = sent.add(.statBlock(0..<64), at: Self.start)
    // Enough is being asked for while nothing is removed.
    #expect(queue.next(sent) == nil)
    for index in 0..<32 {
      queue.put(.remove(index))
      _ = sent.add(.remove(100 + index), at: Self.start)
    }
    // As many are to be removed as are being removed: the first of them makes room for more looks.
    #expect(queue.next(sent) == .remove(0))
    #expect(queue.next(sent) == .statBlock(64..<128))
  }

  @Test func `only what is asked for`() {
    var queue = queue([.remove, .stat, .whole], usesStatx: false)
    let sent = XRootSentRequests()
    #expect(queue.count == 3)
    #expect(queue.next(sent) == .stat(1) && queue.next(sent) == .stat(2) && queue.next(sent) == .remove(0))
    #expect(queue.next(sent) == nil && queue.count == 0)
  }

  @Test func `what has to wait comes back`() {
    var queue = queue([.whole, .whole, .whole], usesStatx: true)
    let sent = XRootSentRequests()
    guard let block = queue.next(sent) else {
      Issue.record("nothing to ask for")
      return
    }
    #expect(queue.files(of: block) == [0, 1, 2])
    queue.delay(block, until: Self.start + .seconds(2))
    queue.delay(.remove(7), until: Self.start + .seconds(1))
    #expect(queue.nextDue == Self.start + .seconds(1) && queue.delayedFiles == [0, 1, 2, 7])
    queue.releaseDelayed(now: Self.start + .seconds(1))
    #expect(queue.next(sent) == .remove(7) && queue.next(sent) == nil)
    queue.releaseDelayed(now: Self.start + .seconds(2))
    // By themselves: one of them may be the reason.
    #expect(queue.next(sent) == .stat(0) && queue.count == 2 && queue.nextDue == nil)
    queue.removeAll()
    #expect(queue.next(sent) == nil)
  }

  // MARK: Sent requests

  @Test func `streams are used again, never two at a time`() {
    var sent = XRootSentRequests()
    let first = sent.add(.stat(0), at: Self.start)
    let second = sent.add(.statBlock(1..<5), at: Self.start)
    let third = sent.add(.remove(9), at: Self.start)
    // 0 is for the setup.
    #expect(Set([first, second, third]) == [1, 2, 3])
    #expect(sent.count == 3 && sent.filesInStat == 5 && sent.removals == 1)
    #expect(sent[0] == nil && sent[4] == nil && sent[second]?.request == .statBlock(1..<5))
    sent.remove(second)
    sent.remove(second)
    #expect(sent.count == 2 && sent.filesInStat == 1 && sent[second] == nil)
    #expect(sent.add(.remove(8), at: Self.start) == second)
    #expect(sent.requests == [.stat(0), .remove(8), .remove(9)])
  }

  // MARK: Outcomes and verdicts

  @Test func `the first word on a file counts`() {
    var outcomes = XRootOutcomes()
    outcomes.add(3)
    outcomes.complete(1, Answer.Kind.deleted)
    outcomes.complete(1, Answer.Kind.absent)
    outcomes.complete(2, .isThere(FileFacts()))
    #expect(outcomes.left == 1 && outcomes.open == [0])
    #expect(
      outcomes.take().map(\.outcome) == [.answered(Answer(.deleted)), .isThere(FileFacts())]
        && outcomes.take().isEmpty)
  }

  static let found: [(kind: XRootPathKind, subject: Batch.Kind, mayGo: Bool)] = [
    (.other, .files, true), (.directory, .files, false), (.directory, .emptyDirectories, true),
    (.other, .emptyDirectories, false),
  ]

  @Test(arguments: found.indices) func `what a stat has found`(_ index: Int) {
    let row = Self.found[index]
    #expect((XRootAnswers.refusal(row.kind, row.subject) == nil) == row.mayGo)
  }

  @Test func `what a refusal says`() throws {
    func error(_ code: Int) throws -> XRootServerError {
      try XRootServerError(XRootDFrames.error(code, "why"))
    }
    #expect(XRootAnswers.removal(nil) == .deleted)
    #expect(XRootAnswers.removal(try error(XRootErrorCode.notFound)) == .absent)
    #expect(XRootAnswers.stat(try error(XRootErrorCode.notFound), showsToken: true) == .absent)
    for (showsToken, isNamed) in [(true, true), (false, false)] {
      guard
        case .failed(let failure) = XRootAnswers.stat(
          try error(3010), showsToken: showsToken)
      else {
        Issue.record("no failure")
        return
      }
      #expect(failure.errorClass == .auth && failure.message.contains("storage.read") == isNamed)
    }
  }

  // MARK: Pacing

  @Test func `the pacer is asked again when half of a window is free`() throws {
    var work = work(Array(repeating: .remove, count: 100))
    var asked = 0
    func fill(_ work: inout XRootWork) {
      var bytes: [UInt8] = []
      let inFlight = work.inFlight
      _ = work.fill(now: Self.start, into: &bytes) { wanted in
        asked += 1
        return PaceAdmission(count: max(0, min(wanted, 20 - inFlight)))
      } note: { _, _ in
      }
    }
    fill(&work)
    #expect(asked == 1 && work.inFlight == 20)
    for stream in 1...10 as ClosedRange<UInt16> {
      try work.take(XRootReply(stream: stream, status: .ok, body: []), now: Self.start) { _, _ in }
      fill(&work)
      if stream == 9 { #expect(asked == 1 && work.inFlight == 11) }
    }
    #expect(asked == 2 && work.inFlight == 20)
  }

  @Test func `what is allowed and not sent is given back`() {
    var work = work([.remove, .remove, .remove])
    var bytes: [UInt8] = []
    var ends: [PaceOutcome] = []
    _ = work.fill(now: Self.start, into: &bytes) { _ in
      PaceAdmission(count: 5)
    } note: { end, _ in
      ends.append(end)
    }
    #expect(work.inFlight == 3 && ends == [.unsent, .unsent])
  }

  @Test func `a run that is over sends nothing more`() {
    var work = work([.whole, .whole, .remove])
    var bytes: [UInt8] = []
    _ = work.fill(now: Self.start, into: &bytes) { _ in
      PaceAdmission(count: 1)
    } note: { _, _ in
    }
    #expect(work.inFlight == 1)
    let before = bytes
    _ = work.fill(now: Self.start, into: &bytes) { _ in
      PaceAdmission(count: 0, isOver: true)
    } note: { _, _ in
    }
    #expect(bytes == before && !work.isDone)
    work.breakOff(.cancelled) { _, _ in }
    let notTried = XRootWork.Outcome.answered(Answer(.failed(.notTried)))
    #expect(work.takeCompleted().filter { $0.outcome == notTried }.count == 2)
  }
}

extension XRootSentRequests {
  /// A request that no pacer counts.
  fileprivate mutating func add(_ request: XRootRequestQueue.Request, at moment: Moment) -> UInt16 {
    add(request, at: moment, ticket: PaceTicket(id: 0, sent: moment, inFlight: count + 1))
  }
}
