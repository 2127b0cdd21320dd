import Deletion
import TestSupport
import Testing

@testable import Backends

/// The parts of the work on a connection, each by itself.
@Suite struct XRootQueueTests {
  static let start = Moment(sinceStart: .zero)

  func items(_ stages: [XRootWork.Stage]) -> [XRootWork.Item] {
    stages.enumerated().map { .init(path: Array("/f\($0)".utf8), stage: $1) }
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

  @Test func `looks come first, but only so far ahead`() {
    var queue = XRootRequestQueue(items(Array(repeating: .whole, count: 200)), usesStatx: true)
    var sent = XRootSentRequests()
    #expect(queue.count == 4)
    #expect(queue.next(sent) == .lookBlock(0..<64))
    _ = sent.add(.lookBlock(0..<64), at: Self.start)
    // Enough is being looked at for nothing that is removed.
    #expect(queue.next(sent) == nil)
    for index in 0..<32 {
      queue.putRemoval(index)
      _ = sent.add(.remove(100 + index), at: Self.start)
    }
    // As many are to be removed as are being removed: the first of them makes room for more looks.
    #expect(queue.next(sent) == .remove(0))
    #expect(queue.next(sent) == .lookBlock(64..<128))
  }

  @Test func `only what is asked for`() {
    var queue = XRootRequestQueue(items([.remove, .look, .whole]), usesStatx: false)
    let sent = XRootSentRequests()
    #expect(queue.count == 3)
    #expect(queue.next(sent) == .look(1) && queue.next(sent) == .look(2) && queue.next(sent) == .remove(0))
    #expect(queue.next(sent) == nil && queue.count == 0)
  }

  @Test func `what has to wait comes back`() {
    var queue = XRootRequestQueue(items([.whole, .whole, .whole]), usesStatx: true)
    let sent = XRootSentRequests()
    guard let block = queue.next(sent) else {
      Issue.record("nothing to look at")
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
    #expect(queue.next(sent) == .look(0) && queue.count == 2 && queue.nextDue == nil)
    queue.removeAll()
    #expect(queue.next(sent) == nil)
  }

  // MARK: Sent requests

  @Test func `streams are used again, never two at a time`() {
    var sent = XRootSentRequests()
    let first = sent.add(.look(0), at: Self.start)
    let second = sent.add(.lookBlock(1..<5), at: Self.start)
    let third = sent.add(.remove(9), at: Self.start)
    // 0 is for the setup.
    #expect(Set([first, second, third]) == [1, 2, 3])
    #expect(sent.count == 3 && sent.filesInLook == 5 && sent.removals == 1)
    #expect(sent[0] == nil && sent[4] == nil && sent[second]?.request == .lookBlock(1..<5))
    sent.remove(second)
    sent.remove(second)
    #expect(sent.count == 2 && sent.filesInLook == 1 && sent[second] == nil)
    #expect(sent.add(.remove(8), at: Self.start) == second)
    #expect(sent.requests == [.look(0), .remove(8), .remove(9)])
  }

  // MARK: Outcomes and verdicts

  @Test func `the first word on a file counts`() {
    var outcomes = XRootOutcomes(count: 3, watch: nil)
    var noted = 0
    outcomes.settle(1, Answer(.deleted)) { _ in noted += 1 }
    outcomes.settle(1, Answer(.absent)) { _ in noted += 1 }
    outcomes.settle(2, .isThere)
    #expect(noted == 2 && outcomes.left == 1 && outcomes.open == [0])
    #expect(
      outcomes.all == [.answered(Answer(.failed(.notTried))), .answered(Answer(.deleted)), .isThere])
  }

  static let found: [(kind: XRootPathKind, subject: XRootWork.Subject, mayGo: Bool)] = [
    (.other, .files, true), (.directory, .files, false), (.directory, .emptyDirectories, true),
    (.other, .emptyDirectories, false),
  ]

  @Test(arguments: found.indices) func `what a look has found`(_ index: Int) {
    let row = Self.found[index]
    #expect((XRootVerdicts.refusal(row.kind, row.subject) == nil) == row.mayGo)
  }

  @Test func `what a refusal says`() throws {
    func error(_ code: Int) throws -> XRootServerError {
      try XRootServerError(ScriptedXRootD.error(code, "why"))
    }
    #expect(XRootVerdicts.removal(nil) == .deleted)
    #expect(XRootVerdicts.removal(try error(XRootErrorCode.notFound)) == .absent)
    #expect(XRootVerdicts.look(try error(XRootErrorCode.notFound), showsToken: true) == .absent)
    for (showsToken, isNamed) in [(true, true), (false, false)] {
      guard
        case .failed(let failure) = XRootVerdicts.look(
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
    var work = XRootWork(items(Array(repeating: .remove, count: 100)), usesStatx: false)
    var asked = 0
    func fill(_ work: inout XRootWork) {
      var bytes: [UInt8] = []
      _ = work.fill(now: Self.start, into: &bytes) { wanted, underWay in
        asked += 1
        return PaceAdmission(count: max(0, min(wanted, 20 - underWay)))
      }
    }
    fill(&work)
    #expect(asked == 1 && work.underWay == 20)
    for stream in 1...10 as ClosedRange<UInt16> {
      try work.take(XRootReply(stream: stream, status: .ok, body: []), now: Self.start) { _ in }
      fill(&work)
      if stream == 9 { #expect(asked == 1 && work.underWay == 11) }
    }
    #expect(asked == 2 && work.underWay == 20)
  }

  @Test func `a run that is over sends nothing more`() {
    var work = XRootWork(items([.whole, .whole, .remove]), usesStatx: false)
    var bytes: [UInt8] = []
    _ = work.fill(now: Self.start, into: &bytes) { _, _ in PaceAdmission(count: 1) }
    #expect(work.underWay == 1)
    let before = bytes
    _ = work.fill(now: Self.start, into: &bytes) { _, _ in PaceAdmission(count: 0, isOver: true) }
    #expect(bytes == before && !work.isDone)
    work.breakOff(.cancelled) { _ in }
    let notTried = XRootWork.Outcome.answered(Answer(.failed(.notTried)))
    #expect(work.results().filter { $0 == notTried }.count == 2)
  }
}
