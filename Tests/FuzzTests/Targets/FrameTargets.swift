@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal
@testable import XRootDProtocol
@testable import BackendXRootD
@testable import Credentials

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
    FuzzTarget("xroot-gsi") { bytes in checkGSI(bytes) },
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

  /// What a server says in a login with `gsi`, before anything of it is believed.
  private static func checkGSI(_ bytes: [UInt8]) {
    if let offer = GSIOffer(bytes.text) {
      demand(offer.signsAgreement || !offer.padsSecret, "a padded secret before there was one")
    }
    guard let buffer = try? GSIBuffer(bytes) else { return }
    demand((try? GSIBuffer(buffer.bytes)) == buffer, "another buffer when it is written and read again")
    _ = buffer.list(.cipherAlgorithms).compactMap(GSISession.Cipher.init)
    if let text = buffer[.certificates] { _ = (try? GSIServerCertificate(text))?.key }
    if let inner = buffer[.main] { _ = (try? GSIBuffer(inner))?[.signedRandomTag] }
    // Large groups only cost time.
    guard let message = buffer[.publicKey], message.count < 400,
      let agreement = try? GSIKeyAgreement(message)
    else { return }
    for isPadded in [true, false] {
      guard let result = agreement.agree(padded: isPadded) else { continue }
      demand(isPadded || result.secret.first != 0, "a secret that begins with zero")
      demand((try? GSIKeyAgreement(result.message)) != nil, "our own part cannot be read")
      _ = GSISession(.aes128, secret: result.secret, hasVector: true)?.encrypt(bytes)
    }
  }

  /// Eight files: each ends with one outcome, and none is deleted for which the server did not say so to a removal.
  private static func checkWork(_ bytes: [UInt8]) {
    let items = (0..<8).map {
      XRootWork.Item(target: $0, path: Array("/store/unmerged/f\($0)".utf8), stage: .whole)
    }
    let flags = bytes.first ?? 0
    var work = XRootWork(
      .init(
        kind: flags & 8 == 0 ? .files : .emptyDirectories, usesStatx: flags & 1 == 0,
        lookup: flags & 2 == 0 ? nil : XRootLookup(), showsToken: flags & 4 != 0))
    var now = Moment(sinceStart: .zero)
    work.add(items, now: now)
    var output: [UInt8] = []
    var positive = 0
    func fill() {
      _ = work.fill(now: now, into: &output) { wanted in
        PaceAdmission(count: wanted)
      } note: { _, _ in
      }
    }
    fill()
    for reply in replies(Array(bytes.dropFirst()), chunk: .max) {
      now = now + .milliseconds(100)
      if reply.status == .ok || reply.status == .attention { positive += 1 }
      guard (try? work.take(reply, now: now, note: { _, _ in })) != nil else { break }
      fill()
    }
    if !work.isDone {
      work.breakOff(.init(code: "over", message: "the fuzzer has no more"), note: { _, _ in })
    }
    let completed = work.takeCompleted()
    demand(work.isDone && Set(completed.map(\.item.target)).count == items.count, "files without an outcome")
    let deleted = completed.count {
      if case .answered(let answer) = $0.outcome { answer.kind == .deleted } else { false }
    }
    demand(deleted <= positive, "\(deleted) deleted by \(positive) good answers")
  }
}
