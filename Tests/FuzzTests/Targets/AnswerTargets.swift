@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal
@testable import XRootDProtocol
@testable import BackendTools
@testable import HTTPTransport
@testable import Networking
@testable import BackendDCacheBulk
@testable import BackendWebDAV
@testable import BackendPOSIX

extension FuzzTarget {
  /// What tools print and web servers answer.
  static let answers = [
    FuzzTarget("xrdfs") { bytes in
      let parts = bytes.pieces(3)
      let asked = names(parts[0])
      let removals = XrdfsOutput.removals(parts[1], of: asked)
      demand(Set(removals.keys).isSubset(of: asked), "an answer for a path that was not asked for")
      for (path, status) in removals where status == .success {
        demand(
          contains(parts[1], Array("rm ".utf8) + Array(path.text.utf8)),
          "success for \(path.text) from nowhere")
      }
      demand(Set(XrdfsOutput.entries(parts[1], of: asked).keys).isSubset(of: asked), "an entry from nowhere")
      _ = XrdfsOutput.diagnostics(parts[2])
    },
    FuzzTarget("bulk") { bytes in
      let parts = bytes.pieces(3)
      for target in BulkStatus.read(parts[0])?.targets ?? [] where BulkOutcome(target) == .deleted {
        demand(contains(parts[0], Array("COMPLETED".utf8)), "deleted from nowhere")
      }
      for summary in BulkSummary.read(parts[0]) ?? [] {
        let id = BulkIdentifier(summary.url)?.text
        demand(id?.contains("/") != true && id?.contains("?") != true, "an identifier that leads elsewhere")
      }
      _ = TapeAPI.read(parts[0])
      if let note = BulkNote(String(decoding: parts[1], as: UTF8.self)) {
        demand(BulkNote(note.text) == note, "a note that is read otherwise")
      }
      _ = try? DCacheFrontend(String(decoding: parts[2], as: UTF8.self))
    },
    FuzzTarget("gfal") { bytes in
      let parts = bytes.pieces(3)
      let asked = names(parts[0])
      let results = GfalOutput.results(parts[1], of: asked)
      demand(Set(results.keys).isSubset(of: asked), "an answer for a URL that was not asked for")
      for (url, word) in results where word == .deleted {
        demand(
          contains(parts[1], Array(url.text.utf8) + Array("\tDELETED".utf8)),
          "\(url.text) deleted from nowhere")
      }
      _ = GfalOutput.diagnostic(parts[2])
    },
    FuzzTarget("multistatus") { bytes in
      let name = RequestedName(path: Array("/d/f".utf8), lfn: Array("/d/f".utf8))
      if case .deleted = Answer.Kind(WebDAVResponse(status: 207, body: bytes), toDeletionOf: name) {
        demand(contains(bytes, Array("2".utf8)), "deleted, and nowhere a status that says so")
      }
      let whole = MultistatusReader.read(bytes)
      // In pieces it says the same.
      let reader = MultistatusReader()
      let middle = bytes.count / 3
      let isGoing = bytes[..<middle].withUnsafeBytes { reader.feed($0) }
      if isGoing { bytes[middle...].withUnsafeBytes { _ = reader.feed($0) } }
      demand(reader.finish() == whole, "in pieces it says something else")
      if case .file? = whole.map({ FileEvidence.finding($0, of: name) }) {
        demand(
          contains(bytes, Array("resourcetype".utf8)) || contains(bytes, Array("iscollection".utf8)),
          "a file, and nothing that says so")
        demand(contains(bytes, Array("200".utf8)), "a file, and no status that says so")
      }
    },
    FuzzTarget("http-headers") { bytes in
      _ = HTTPErrorPage.text(bytes)
      let parts = bytes.pieces(3).map(\.text)
      _ = RetryAfter.duration(parts[0], date: parts[1], now: 1_800_000_000)
      _ = HTTPDate.seconds(parts[0]).map { StorageTime(seconds: $0).text }
      if let time = StorageTime(parts[0]) {
        demand(StorageTime(time.text) == time, "a time is not the one that it is written as")
      }
      guard let home = WebOrigin(endpoint: "https://h") else { return }
      if let next = try? WebDAVRedirect.next(
        parts[2], for: Array("/a/f".utf8), from: home, isSecure: true, status: 307, followed: 0)
      {
        demand(next.origin.isSecure || next.hasOwnRight, "from https to http without a right")
      }
    },
    FuzzTarget("pfn") { bytes in
      guard let pfn = PFN(bytes.text) else { return }
      _ = pfn.storagePath
      let target = DeletionTarget(lfn: bytes.text, pfn: pfn)
      _ = try? XRootAddress(target)
      var directories = DirectorySorter()
      _ = directories.add(0, target)
      _ = try? EndpointAddress(scheme: "root", authority: pfn.authority)
    },
  ]

  private static func names(_ bytes: [UInt8]) -> [ExactName] {
    bytes.split(separator: UInt8(ascii: "\n")).map { ExactName(String(decoding: $0, as: UTF8.self)) }
  }

  private static func contains(_ bytes: [UInt8], _ piece: [UInt8]) -> Bool {
    guard piece.count <= bytes.count else { return false }
    return (0...(bytes.count - piece.count)).contains { bytes[$0...].starts(with: piece) }
  }
}
