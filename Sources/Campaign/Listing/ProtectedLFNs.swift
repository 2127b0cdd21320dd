import ByteStreams
import HTTPTransport
import DeletionModel
import ListReading
import FoundationEssentials

/// The protected LFNs of several lists, united.
struct ProtectedLFNs: Sendable {
  /// A Swift string would take two spellings of one character as equal.
  private var entries: Set<[UInt8]> = []

  /// How many different ones.
  var count: Int { entries.count }

  /// What is at, above or below one of them is not deleted.
  var tree: PathTree {
    sorted.reduce(into: PathTree()) { $0.insert(String(decoding: $1, as: UTF8.self)) }
  }

  /// One a line.
  var text: [UInt8] { sorted.flatMap { $0 + [0x0A] } }

  /// By bytes.
  private var sorted: [[UInt8]] { entries.sorted { $0.lexicographicallyPrecedes($1) } }

  /// Adds the whole of a list, or nothing of it.
  ///
  /// - Parameters:
  ///   - given: a file, or a URL.
  ///   - web: how a URL is asked for.
  ///   - spoolDirectory: where a temporary copy is kept of what a server sends.
  ///   - accepting: what is not refused.
  /// - Returns: what the manifest says of it.
  /// - Throws: `ListError` for what it holds, also where it protects nothing; `FileError`; ``CampaignError`` where a
  ///   server gives no list.
  @discardableResult
  mutating func add(
    _ given: String, web: any ListClient, spoolDirectory: String, now: Date, accepting: Set<Acceptance>
  ) throws
    -> CampaignManifest.Protected
  {
    let source: FileSource
    let location: String
    if HTTPURL.isMeant(by: given) {
      let address = try HTTPURL(option: given)
      location = "\(address)"
      source = try HTTPFetch(client: web).spool(address, in: spoolDirectory).source()
    } else {
      location = AbsolutePath.of(given)
      source = try FileSource(path: given)
    }
    var own: Set<[UInt8]> = []
    let text = try ListText()
    do {
      try ProtectedListReader.read(
        try text.source(source), name: location, below: AllowedRoots([]), mayBeElsewhere: true
      ) { own.insert(Array($0.utf8)) }
    } catch let error as ListError where error.problem == .protectsNothing {
      throw CampaignError(
        .badInput,
        "\(location): it protects nothing, and files of running workflows would be deleted as well; get it again"
      )
    }
    // The last entry, cut, would protect another file than the one that was meant.
    try text.check(location, accepting: accepting)
    entries.formUnion(own)
    return .init(location: location, read: now.formatted(.iso8601), entries: own.count)
  }
}
