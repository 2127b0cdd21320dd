import Backends
import ByteStreams
import Deletion

/// Fetches what has to be there, and says in one line why it can't.
struct WebFetch: Sendable {
  let door: any WebDoor

  /// A small text. Throws ``CampaignError``.
  func bytes(_ address: WebAddress, limit: Int = 64 << 20) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try get(address) { chunk in
      guard bytes.count + chunk.count <= limit else {
        throw CampaignError(.badInput, "\(address): the answer has more than \(limit) bytes")
      }
      bytes += chunk
    }
    return bytes
  }

  /// Anything, into a temporary file. Throws ``CampaignError``, `FileError`.
  func spool(_ address: WebAddress, in folder: String) throws -> SpoolFile {
    var file = try SpoolFile(in: folder, name: "temporary copy of \(address)")
    try get(address) { try file.append($0) }
    return file
  }

  private func get(_ address: WebAddress, body: ([UInt8]) throws -> Void) throws {
    let answer = try door.get(address, body: body)
    guard answer.status != 200 else { return }
    throw CampaignError(Self.exit(answer.status), "\(address): HTTP \(answer.status)\(Self.words(answer))")
  }

  private static func exit(_ status: Int) -> ExitStatus {
    switch status {
    case 401, 403: .noPermission
    case 404, 410: .noInput
    case 408, 429, 500...: .unavailable
    default: .badInput
    }
  }

  private static func words(_ answer: WebAnswer) -> String {
    switch answer.status {
    case 401, 403: ": no access; a valid X.509 proxy or certificate is needed"
    case 503: ": it has no answer yet (its cache is empty, or it is overloaded); try again in some minutes"
    default: answer.text.isEmpty ? "" : ": \(MessageText.oneLine(Redaction.clean(answer.text), limit: 200))"
    }
  }
}
