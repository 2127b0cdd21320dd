import ByteStreams
import Deletion
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
  ///   - place: a file, or a URL.
  ///   - web: how a URL is asked for.
  ///   - spoolFolder: where a temporary copy is kept of what a server sends.
  /// - Returns: what the manifest says of it.
  /// - Throws: `ListError` for what it holds, also where it protects nothing; `FileError`; ``CampaignError`` where a
  ///   server gives no list.
  @discardableResult
  mutating func add(_ place: String, web: any WebDoor, spoolFolder: String, now: Date) throws
    -> CampaignManifest.Protected
  {
    let source: FileSource
    let location: String
    if WebAddress.isMeant(by: place) {
      let address = try WebAddress(place)
      location = "\(address)"
      source = try WebFetch(door: web).spool(address, in: spoolFolder).source()
    } else {
      location = AbsolutePath.of(place)
      source = try FileSource(path: place)
    }
    var own: Set<[UInt8]> = []
    try ProtectedListReader.read(source, name: location) { own.insert(Array($0.utf8)) }
    entries.formUnion(own)
    return .init(location: location, read: now.formatted(.iso8601), entries: own.count)
  }
}
