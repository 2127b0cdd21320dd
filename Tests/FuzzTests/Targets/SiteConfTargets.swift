@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal
@testable import SiteConf

extension FuzzTarget {
  /// SITECONF files, and the way from an LFN to a PFN through them.
  static let siteConf = [
    FuzzTarget("site-local-config", fixtures: ["site-local-config.xml"]) { bytes in
      _ = try? SiteLocalConfig(bytes: bytes, file: "f")
    },
    FuzzTarget("storage-json", fixtures: ["storage.json"]) { bytes in
      guard let description = try? StorageDescription(bytes: bytes, file: "f") else { return }
      _ = try? description.volume("Volume", of: "T2_XX_Example")
    },
    FuzzTarget("storage-xml", fixtures: ["storage.xml"]) { bytes in
      guard let catalog = try? TrivialFileCatalog(bytes: bytes, file: "f") else { return }
      let mapper = LFNMapper(catalog.ruleSet(), protocols: ["direct", "srm", "xrootd"])
      for lfn in ["/store/unmerged/a/f.root", "/store/x", "", "\n"] { _ = mapper.map(lfn) }
    },
    FuzzTarget("contact-string") { bytes in _ = try? ContactString(bytes.text, file: "f") },
    FuzzTarget("safety") { bytes in checkSafety(bytes.pieces(5).map(\.text)) },
  ]

  /// A list, a protected list and a catalog that all wish us ill: what comes out as a place to delete from must be
  /// below the allowed root and clear of what is protected, by rules that are written here a second time.
  private static func checkSafety(_ parts: [String]) {
    let (lfn, protected, prefix, pattern, result) = (parts[0], parts[1], parts[2], parts[3], parts[4])
    var tree = PathTree()
    if !protected.isEmpty { tree.insert(protected) }
    guard let allowed = AllowedRoots([]) else { return }
    let escaped = { (text: String) in
      text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
    }
    let rule =
      "<storage-mapping><lfn-to-pfn protocol=\"p\" path-match=\"\(escaped(pattern))\" result=\"\(escaped(result))\"/></storage-mapping>"
    let catalog = try? TrivialFileCatalog(bytes: Array(rule.utf8), file: "f")
    let mapper = catalog.map { LFNMapper($0.ruleSet(), protocols: ["p"]) }
    let maps: [@Sendable (String) -> MappingResult] = [
      { .pfn(prefix + $0) }, { mapper?.map($0) ?? .noPFN(.noMatch) },
    ]
    for map in maps {
      let route = DeletionRoute(
        description: .init(rse: nil, storageSite: nil, volume: nil, protocolName: nil, command: "cp"),
        protectedLFNs: [protected], map: map, backend: { _ in .success(NoBackend()) })
      let resolver = Resolver(routes: [route], rules: SafetyRules(allowed: allowed, protected: tree))
      let resolution = resolver.resolve(ListedLFN(argument: lfn))
      guard resolution.refusal == nil else { continue }
      demand(!resolution.replicas.isEmpty, "neither refused nor anywhere: \(lfn)")
      demand(isClean(lfn) && lfn.hasPrefix("/store/unmerged/"), "not below the root: \(lfn)")
      demand(!touches(lfn, protected), "\(lfn) touches the protected \(protected)")
      for position in resolution.replicas {
        let path = position.target.pfn.storagePath
        demand(isClean(path, mayRepeatSlashes: true), "a path that leads elsewhere: \(path)")
        demand(components(path).last == components(lfn).last, "another name: \(path)")
        if case .pfn(let text) = map(protected), let other = PFN(text)?.storagePath {
          demand(!touches(path, other), "\(path) touches what is protected at \(other)")
        }
      }
    }
  }

  private static func components(_ path: String) -> [[UInt8]] {
    path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
  }

  private static func isClean(_ path: String, mayRepeatSlashes: Bool = false) -> Bool {
    guard path.utf8.first == UInt8(ascii: "/"), path.utf8.last != UInt8(ascii: "/") else { return false }
    if !mayRepeatSlashes,
      path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst().contains(
        where: \.isEmpty)
    {
      return false
    }
    return !components(path).contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
      && !path.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  private static func touches(_ path: String, _ other: String) -> Bool {
    let (left, right) = (components(path), components(other))
    guard !right.isEmpty else { return false }
    return zip(left, right).allSatisfy { $0 == $1 }
  }
}

private struct NoBackend: Backend {
  let name = "none"
  let traits = BackendTraits(batchLimit: 1)
  func delete(_ batch: Batch, observer: any BatchObserver) async { batch.answerAll(.notTried, observer) }
}
