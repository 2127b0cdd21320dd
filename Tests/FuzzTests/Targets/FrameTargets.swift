@testable import Backends
@testable import Deletion

extension FuzzTarget {
  /// The answers of an XRootD server, whatever it makes of our requests.
  static let frames = [
    FuzzTarget("xroot-frames") { bytes in
      let whole = replies(bytes, chunk: .max)
      demand(replies(bytes, chunk: 3) == whole, "in small pieces these are other answers")
      for reply in whole {
        _ = try? XRootServerError(reply.body)
        _ = try? XRootRedirect(reply.body)
        _ = try? XRootWait.seconds(reply.body)
        _ = try? XRootAuthOffer.read(reply.body)
      }
    },
    FuzzTarget("xroot-setup") { bytes in
      var setup = XRootSetup(
        .init(
          user: XRootUser(name: "u", group: "g"), process: 1, requiresTLS: bytes.first == 1,
          credential: .token(Secret("abc.def.ghi"))))
      var actions = setup.start()
      for reply in replies(bytes, chunk: .max) {
        if actions.contains(.beginTLS) { actions = setup.secured() }
        guard let next = try? setup.receive(reply) else { return }
        actions = next
      }
    },
    FuzzTarget("xroot-work") { bytes in checkWork(bytes) },
  ]

  private static func replies(_ bytes: [UInt8], chunk: Int) -> [XRootReply] {
    var reader = XRootReplyReader()
    var replies: [XRootReply] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
      piece.withUnsafeBytes { reader.append($0) }
      do {
        while let reply = try reader.next() { replies.append(reply) }
      } catch {
        return replies
      }
    }
    return replies
  }

  /// Eight files: each ends with one outcome, and none is deleted for which the server did not say so to a removal.
  private static func checkWork(_ bytes: [UInt8]) {
    let items = (0..<8).map { XRootWork.Item(path: Array("/store/unmerged/f\($0)".utf8), stage: .whole) }
    var work = XRootWork(items, usesStatx: bytes.first.map { $0 & 1 == 0 } ?? true)
    var now = Moment(sinceStart: .zero)
    var output: [UInt8] = []
    var positive = 0
    func fill() {
      _ = work.fill(now: now, into: &output) { wanted, _ in PaceAdmission(count: wanted) }
    }
    fill()
    for reply in replies(Array(bytes.dropFirst()), chunk: .max) {
      now = now + .milliseconds(100)
      if reply.status == .ok || reply.status == .attention { positive += 1 }
      guard (try? work.take(reply, now: now, note: { _ in })) != nil else { break }
      fill()
    }
    if !work.isDone { work.breakOff(.init(code: "over", message: "the fuzzer has no more"), note: { _ in }) }
    let outcomes = work.results()
    demand(work.isDone && outcomes.count == items.count, "files without an outcome")
    let deleted = outcomes.count {
      if case .answered(let answer) = $0 { answer.kind == .deleted } else { false }
    }
    demand(deleted <= positive, "\(deleted) deleted by \(positive) good answers")
  }
}
