import ByteStreams
import JobReports
import HTTPTransport
import FoundationEssentials

/// The Rucio consistency monitor (RucioConMon): what files there are at an RSE.
struct ConsistencyMonitor: Sendable {
  /// `…/unmerged`, or `…/WM` as it was called before.
  private let base: HTTPURL
  private let files: HTTPURL
  private let stats: HTTPURL
  private let rse: String

  /// Reads `…/unmerged`, or the whole URL of its list, `…/unmerged/files?rse=…&format=…`.
  ///
  /// Throws ``CampaignError`` where that is of another RSE, or of a form that is no list.
  init(_ address: HTTPURL, rse: String) throws(CampaignError) {
    self.rse = rse
    if let other = address.parameter("rse"), other != rse {
      throw CampaignError(.usage, "\(address): it is the list of another RSE than \(rse)")
    }
    let format = address.parameter("format") ?? "raw"
    guard ["raw", "text", "json"].contains(format) else {
      throw CampaignError(.usage, "\(address): format is raw, text or json")
    }
    var path = address.path
    for last in ["/files", "/stats"] where path.hasSuffix(last) { path.removeLast(last.utf8.count) }
    let others = address.query.filter { $0.name != "rse" && $0.name != "format" && $0.name != "run" }
    base = address.at(path, query: [])
    files = address.at(path + "/files", query: [("rse", rse), ("format", format)] + others)
    // What else is in the query belongs to the list, or grants access.
    stats = address.at(
      path + "/stats", query: [("rse", rse)] + others.filter { $0.name != "include" && $0.name != "exclude" })
  }

  /// Fetches the list of a scan that is done, whole and fresh, and the same before and after.
  ///
  /// - Parameters:
  ///   - scan: the name of the scan that is meant; nil: the newest one, whichever it is.
  ///   - directory: for a temporary copy.
  /// - Throws: ``CampaignError``, ``ScanChanged``, `FileError`.
  func listing(
    _ fetch: HTTPFetch, of scan: String?, in directory: String, maxAge: Double, now: Date
  ) throws -> Listing {
    let before = try status(fetch)
    // One that has begun is not done; that it is another one says more.
    try ScanChanged.check(before.run, is: scan, of: "\(base)")
    let warnings = try before.check(now: now, maxAge: maxAge, source: "\(base)")
    let spool = try fetch.spool(files, in: directory)
    let after = try status(fetch)
    guard after.run == before.run, after.start == before.start, after.status == before.status else {
      throw ScanChanged(
        description:
          "\(base): a new scan of \(rse) has begun while its list was read; try again when it is done")
    }
    guard let run = before.run, let started = before.started else {
      throw CampaignError(.internalError, "a scan without name or time")
    }
    var listing = try Listing(location: "\(files)", made: started, run: run, file: spool.openFile)
    listing.warnings = warnings
    listing.ended = before.ended
    if files.parameter("include") == nil, files.parameter("exclude") == nil,
      files.parameter("format") == "raw"
    {
      listing.expected = before.files
    }
    return listing
  }

  /// What it says of the newest scan. Throws ``CampaignError``.
  func status(_ fetch: HTTPFetch) throws -> ScanStatus {
    try ScanStatus.read(try fetch.bytes(stats), rse: rse, source: "\(base)")
  }
}

/// Another scan has come than the one that a list was to be of: the list that was or would be read may be of either.
package struct ScanChanged: ExitingError, Sendable, Equatable {
  /// One line.
  package let description: String
  /// How the program ends.
  package var status: ExitStatus { .badInput }

  package init(description: String) { self.description = description }

  /// Throws it where a scan is not the one that is meant.
  ///
  /// - Parameters:
  ///   - wanted: its name; nil: any is.
  ///   - source: what messages call the list.
  static func check(_ run: String?, is wanted: String?, of source: String) throws(ScanChanged) {
    guard let wanted, run != wanted else { return }
    throw ScanChanged(description: "\(source): it is no longer of the scan \(wanted); a newer one has come")
  }
}
