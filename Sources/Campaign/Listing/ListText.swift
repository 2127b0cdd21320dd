import ByteStreams
import Synchronization

/// What the bytes of a list are like, noted on their way to the reader: their digest, and whether the text ends as a
/// whole list does.
final class ListText: Sendable {
  private struct Ends {
    var first: UInt8?
    var last: UInt8 = 0x0A
  }

  private let digest: SHA256
  private let ends = Mutex(Ends())

  /// Throws ``CampaignError`` without memory.
  init() throws(CampaignError) {
    guard let digest = SHA256() else { throw CampaignError(.internalError, "no memory for SHA-256") }
    self.digest = digest
  }

  /// The list's text, unpacked, from its bytes.
  func source(_ bytes: any ByteSource) throws -> any ByteSource {
    TextSource(source: try sniffed(DigestedSource(source: bytes, digest: digest)), text: self)
  }

  /// SHA-256 of the bytes as they were read, in hexadecimal. To be asked for once.
  func finish() -> String { digest.finish() }

  /// Whether the last line has no end: it may have been cut there. JSON shows by itself whether it is whole.
  var isCut: Bool {
    ends.withLock { ends in
      guard let first = ends.first else { return false }
      return first != UInt8(ascii: "[") && first != UInt8(ascii: "{") && ends.last != 0x0A
    }
  }

  /// Refuses a list that may have been cut, unless that is accepted. Throws ``CampaignError``.
  func check(_ location: String, accepting: Set<Acceptance>) throws(CampaignError) {
    guard isCut, !accepting.contains(.cutList) else { return }
    throw CampaignError(
      .badInput,
      "\(location): the last line has no end, so the list may have been cut there: get it again"
        + Acceptance.cutList.hint)
  }

  private func note(_ chunk: [UInt8]) {
    ends.withLock { ends in
      if ends.first == nil {
        ends.first = chunk.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
      }
      ends.last = chunk.last ?? ends.last
    }
  }

  private struct DigestedSource: ByteSource {
    var source: any ByteSource
    let digest: SHA256

    mutating func next() throws -> [UInt8]? {
      guard let chunk = try source.next() else { return nil }
      digest.add(chunk)
      return chunk
    }
  }

  private struct TextSource: ByteSource {
    var source: any ByteSource
    let text: ListText

    mutating func next() throws -> [UInt8]? {
      guard let chunk = try source.next() else { return nil }
      text.note(chunk)
      return chunk
    }
  }
}
