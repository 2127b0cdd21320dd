@testable import Backends
@testable import Deletion

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
      _ = XrdfsOutput.complaints(parts[2])
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
      _ = GfalOutput.complaint(parts[2])
    },
    FuzzTarget("multistatus") { bytes in
      if case .deleted = Multistatus.answer(bytes) {
        demand(contains(bytes, Array("2".utf8)), "deleted, and nowhere a status that says so")
      }
      // However it is read, it says the same.
      let xml = MultistatusXML()
      bytes.withUnsafeBytes { _ = xml.feed($0) }
      let members = xml.finish()
      let reader = MultistatusReader()
      let middle = bytes.count / 3
      let isGoing = bytes[..<middle].withUnsafeBytes { reader.feed($0) }
      if isGoing { bytes[middle...].withUnsafeBytes { _ = reader.feed($0) } }
      demand(reader.finish() == members, "the plain reading says something else")
    },
    FuzzTarget("http-headers") { bytes in
      let parts = bytes.pieces(3).map(\.text)
      _ = HTTPDate.seconds(parts[0])
      _ = RetryAfter.duration(parts[0], date: parts[1], now: 1_800_000_000)
      _ = try? Redirects.next(parts[2], from: "https://h/a/f", status: 307, followed: 0)
    },
    FuzzTarget("pfn") { bytes in
      guard let pfn = PFN(bytes.text) else { return }
      _ = pfn.storagePath
      let target = DeletionTarget(lfn: bytes.text, pfn: pfn)
      _ = try? XRootAddress(target)
      var folders = FolderSorter()
      _ = folders.add(0, target)
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
