import ByteStreams
import FoundationEssentials

/// What the consistency monitor says of the last scan of an RSE (`stats` of RucioConMon).
struct ScanStatus: Sendable, Equatable, Decodable {
  /// The scan's name.
  var run: String?
  /// `done`, `started` or `failed`.
  var status: String?
  /// When it began and ended, in seconds since 1970.
  var start: Double?
  /// Why it failed.
  var error: String?
  /// Whether not even the topmost directory could be listed.
  var rootFailed: Bool?
  /// What could not be listed below it.
  var failedDirectories: Directories?
  /// How many files it found.
  var files: Int?
  /// When it ended, in seconds since 1970.
  var end: Loose?
  /// How much is in them, in 10^9 bytes.
  var gigabytes: Loose?

  /// A number that only a person is told of: one that is none is no reason not to read the rest.
  struct Loose: Sendable, Equatable, Decodable {
    var value: Double?

    init(from decoder: any Decoder) throws {
      value = try? decoder.singleValueContainer().decode(Double.self)
    }
  }

  /// Directories by name, or with a reason each: scanners of different age have different forms.
  struct Directories: Sendable, Equatable, Decodable {
    var names: [String]

    init(names: [String]) { self.names = names }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let names = try? container.decode([String].self) {
        self.names = names
      } else {
        names = try container.decode([String: String?].self).keys.sorted()
      }
    }
  }

  private enum CodingKeys: String, CodingKey {
    case run, status, error, files
    case start = "start_time"
    case end = "end_time"
    case gigabytes = "total_size_gb"
    case rootFailed = "root_failed"
    case failedDirectories = "failed_subdirectories"
  }

  /// Reads the answer for one RSE: an object with the RSE's name as its key.
  ///
  /// - Parameter source: what messages call it.
  static func read(_ json: [UInt8], rse: String, source: String) throws(CampaignError) -> ScanStatus {
    let all: [String: ScanStatus?]
    do {
      all = try JSONDecoder().decode([String: ScanStatus?].self, from: Data(json))
    } catch {
      throw CampaignError(
        .badInput, "\(source): the answer is not the JSON that the consistency monitor gives")
    }
    guard let known = all[rse], let status = known else {
      throw CampaignError(.noInput, "\(source): the consistency monitor knows no scan of \(rse)")
    }
    return status
  }

  /// Reads the answer from a file. Throws ``CampaignError``, `FileError`.
  static func read(file: String, rse: String) throws -> ScanStatus {
    var source = try sniffed(FileSource(regularFile: file))
    guard let bytes = try source.collect(limit: 64 << 20) else {
      throw CampaignError(.badInput, "\(file): more than the monitor says")
    }
    let status = try read(bytes, rse: rse, source: file)
    do {
      try JSONDocument.check(bytes)
    } catch let error as TextError {
      throw CampaignError(.badInput, "\(file): it is not valid JSON: \(error)")
    }
    return status
  }

  /// When it began.
  var started: Date? { start.map { Date(timeIntervalSince1970: $0) } }

  /// When it had ended, where that makes sense.
  var ended: Date? {
    guard let start, let end = end?.value, end >= start, end < 1e11 else { return nil }
    return Date(timeIntervalSince1970: end)
  }

  /// Refuses what must not be worked from.
  ///
  /// - Returns: what a person should know, a line each.
  func check(now: Date, maxAge: Double, source: String) throws(CampaignError) -> [String] {
    guard status == "done" else {
      let reason = error.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
      throw CampaignError(
        .badInput,
        "\(source): the scan is \(status ?? "in no known state")\(reason), not done; try again later")
    }
    guard rootFailed != true else {
      throw CampaignError(.badInput, "\(source): the scan could not list the topmost directory")
    }
    guard run?.isEmpty == false, let started else {
      throw CampaignError(.badInput, "\(source): the scan has no \(started == nil ? "start time" : "name")")
    }
    try Freshness.check(made: started, now: now, maxAge: maxAge, what: "\(source): the scan \(run ?? "")")
    guard let names = failedDirectories?.names, let first = names.first else { return [] }
    return ["the scan could not list \(names.count) directories, such as \(first)"]
  }
}
