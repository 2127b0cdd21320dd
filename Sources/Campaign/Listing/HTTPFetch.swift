import ByteStreams
import Credentials
import DeletionModel
import HTTPTransport
import JobReports

/// Fetches what has to be there, and says in one line why it can't.
struct HTTPFetch: Sendable {
  let client: any ListClient

  /// A small text. Throws ``CampaignError``.
  func bytes(_ address: HTTPURL, limit: Int = 64 << 20) throws -> [UInt8] {
    let bytes = try BoundedBody.of(address, limit: limit) { try get(address, body: $0) }.bytes
    // libcurl hands on what was sent; some servers pack what nobody asked them to.
    var source = try sniffed(MemorySource(bytes))
    guard let text = try source.collect(limit: limit) else { throw BoundedBody.tooLong(address, limit) }
    return text
  }

  /// Anything, into a temporary file. Throws ``CampaignError``, `FileError`.
  func spool(_ address: HTTPURL, in directory: String) throws -> SpoolFile {
    var file = try SpoolFile(in: directory, name: "temporary copy of \(address)")
    _ = try get(address) { try file.append($0) }
    var text = try sniffed(file.source())
    if Self.isWebPage(try text.next() ?? []) {
      throw CampaignError(
        .badInput,
        "\(address): the server sent a web page, and no list: perhaps one to log in; is there a valid X.509 proxy, "
          + "certificate or token?")
    }
    return file
  }

  /// Whether a text begins as HTML does.
  static func isWebPage(_ head: [UInt8]) -> Bool {
    let start = String(decoding: head.prefix(200), as: UTF8.self).lowercased().drop { $0.isWhitespace }
    return ["<!doctype", "<html", "<head", "<?xml"].contains { start.hasPrefix($0) }
  }

  private func get(_ address: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer {
    let answer = try client.get(address, body: body)
    guard answer.status == 200 else { throw Self.error(answer, address) }
    return answer
  }

  static func error(_ answer: HTTPAnswer, _ address: HTTPURL) -> CampaignError {
    CampaignError(exit(answer.status), "\(address): HTTP \(answer.status)\(reason(answer))")
  }

  private static func exit(_ status: Int) -> ExitStatus {
    switch status {
    case 401, 403: .noPermission
    case 404, 410: .noInput
    case 408, 429, 500...: .unavailable
    default: .badInput
    }
  }

  static func reason(_ answer: HTTPAnswer) -> String {
    switch answer.status {
    case 401, 403: ": no access; a valid X.509 proxy or certificate is needed"
    case 503: ": it has no answer yet (its cache is empty, or it is overloaded); try again in a few minutes"
    default: answer.text.isEmpty ? "" : ": \(MessageText.oneLine(Redaction.clean(answer.text), limit: 200))"
    }
  }
}
