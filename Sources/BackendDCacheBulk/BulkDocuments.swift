import ByteStreams
import DeletionModel
import FoundationEssentials

/// What the service says of one request (dCache's `BulkRequestInfo`), a page of it or all.
struct BulkStatus: Decodable, Equatable {
  /// `QUEUED`, `STARTED`, `COMPLETED`, `CANCELLED` and some more.
  var status: String
  /// From where the next page is asked for; -1 at the end.
  var nextId: Int64?
  /// When it was begun, in milliseconds since 1970.
  var startedAt: Int64?
  var targets: [BulkTarget]?

  /// Whether nothing more is going to happen.
  var isOver: Bool { status == "COMPLETED" || status == "CANCELLED" }

  /// Reads an answer; nil for what is none.
  static func read(_ body: [UInt8]) -> BulkStatus? { BulkJSON.read(body) }
}

/// One target of a request (`BulkRequestTargetInfo`).
struct BulkTarget: Decodable, Equatable {
  /// Its path.
  var target: String
  /// `CREATED`, `READY`, `RUNNING`, or one in which it stays: `COMPLETED`, `FAILED`, `CANCELLED`, `SKIPPED`.
  var state: String
  /// When it was begun; nil where it was not.
  var startedAt: Int64?
  /// The class of the Java exception.
  var errorType: String?
  var errorMessage: String?

  /// Whether it stays as it is.
  var isFinal: Bool { ["COMPLETED", "FAILED", "CANCELLED", "SKIPPED"].contains(state) }
}

/// One request in the list of all (`BulkRequestSummary`).
struct BulkSummary: Decodable, Equatable {
  /// Requests are numbered as they come in.
  var id: Int64?
  var url: String
  var activity: String?

  /// Reads an answer; nil for what is none.
  static func read(_ body: [UInt8]) -> [BulkSummary]? { BulkJSON.read(body) }
}

/// What a door says of its tape API: `.well-known/wlcg-tape-rest-api`.
struct TapeAPI: Decodable {
  struct Endpoint: Decodable {
    var uri: String
  }
  var endpoints: [Endpoint]

  /// Reads an answer; nil for what is none.
  static func read(_ body: [UInt8]) -> TapeAPI? { BulkJSON.read(body) }
}

enum BulkJSON {
  fileprivate static func read<Value: Decodable>(_ body: [UInt8]) -> Value? {
    try? JSONDecoder().decode(Value.self, from: Data(body))
  }

  /// Whether it is an array, of whatever.
  static func isArray(_ body: [UInt8]) -> Bool {
    struct Anything: Decodable {}
    return (read(body) as [Anything]?) != nil
  }

  /// A request that deletes these paths, and nothing but them: without `expandDirectories` nothing is listed, and with
  /// `skipDirs` what turns out to be a directory stays. The service takes no key that it does not know.
  static func deletion(of paths: [String]) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("activity", "DELETE")
    json.member("expandDirectories", "NONE")
    for key in ["clearOnSuccess", "clearOnFailure", "cancelOnFailure"] {
      json.key(key)
      json.bool(false)
    }
    json.key("arguments")
    json.beginObject()
    json.member("skipDirs", "true")
    json.endObject()
    json.member("target", paths)
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }

  static let cancellation = #"{"action":"cancel"}"#
}

/// By which a request is found again whose answer, with its identifier, was lost: how many paths it has, and a sum of
/// them. The identifier is the server's, and nothing else of ours is told to whoever asks for the request.
struct BulkMarker: Equatable {
  let count: Int
  let sum: UInt64

  /// FNV-1a over the paths, in the order of their bytes.
  init(_ paths: [String]) {
    count = paths.count
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for path in paths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      for byte in path.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
      sum = (sum ^ 0x0a) &* 0x100_0000_01b3
    }
    self.sum = sum
  }

  init(count: Int, sum: UInt64) {
    self.count = count
    self.sum = sum
  }
}

/// What is written down of a request, so that the run after a kill finds it: ``RunNotes``.
struct BulkNote: Equatable {
  /// `https://host:port` of the frontend.
  var frontend: String
  var marker: BulkMarker
  /// The server's identifier; nil while its answer has not come.
  var id: String?

  var text: String { "\(frontend) \(marker.count) \(marker.sum) \(id ?? "-")" }

  init(frontend: String, marker: BulkMarker, id: String? = nil) {
    self.frontend = frontend
    self.marker = marker
    self.id = id
  }

  init?(_ text: String) {
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 4, let count = Int(parts[1]), let sum = UInt64(parts[2]) else { return nil }
    let id = BulkIdentifier(parts[3])
    guard id != nil || parts[3] == "-" else { return nil }
    self.init(frontend: parts[0], marker: BulkMarker(count: count, sum: sum), id: id?.text)
  }
}

/// The server's identifier of a request, a UUID.
struct BulkIdentifier {
  let text: String

  /// The last part of the URL that the server gives (`request-url`). The rest of it is not used: it may name the server as
  /// nobody else reaches it.
  init?(_ url: String) {
    guard let last = url.split(separator: "/").last, (8...64).contains(last.utf8.count),
      last.allSatisfy({ $0.isASCII && $0.isHexDigit || $0 == "-" })
    else { return nil }
    text = String(last)
  }
}
