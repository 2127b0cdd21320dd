/// How many files have been read and not settled: what bounds memory.
struct FilesUnderWay {
  /// Some files that go to one endpoint first.
  struct Parcel: Sendable {
    var endpoint: String
    var files: Int
  }

  /// So many, waiting ones included; then reading pauses.
  static let limit = 20_000
  /// So many at one endpoint; when that is ill, the files of others must still find room.
  static let limitAtOne = limit / 2

  private var all = 0
  private var byEndpoint: [String: Int] = [:]

  /// Whether reading has to pause.
  var isFull: Bool { all > Self.limit }

  /// Whether an endpoint has its share.
  func isFull(at endpoint: String) -> Bool { byEndpoint[endpoint, default: 0] >= Self.limitAtOne }

  mutating func add(_ parcel: Parcel) {
    all += parcel.files
    byEndpoint[parcel.endpoint, default: 0] += parcel.files
  }

  mutating func remove(_ parcel: Parcel) {
    all -= parcel.files
    byEndpoint[parcel.endpoint, default: 0] -= parcel.files
  }
}
