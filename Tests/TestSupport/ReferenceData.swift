import FoundationEssentials

/// What the CMS tools make of real SITECONF files, kept beside the repository. Where it is missing, tests over
/// it run over no rows.
package enum ReferenceData {
  package static let directory: String = {
    var parts = Repository.root.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast()
    return parts.joined(separator: "/") + "/shared/siteconf"
  }()

  package static let corpus = directory + "/corpus"

  /// The rows of one file of vectors.
  package static func rows<Row: Decodable>(_ file: String, as type: Row.Type) throws -> [Row] {
    try lines(Disk.bytes("\(directory)/\(file)"), as: type)
  }

  /// JSON lines.
  package static func lines<Row: Decodable>(_ bytes: [UInt8], as type: Row.Type) throws -> [Row] {
    try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(type, from: Data($0)) }
  }

  /// The corpus files whose names end in this, by their path in the corpus.
  package static func files(endingIn end: String) -> [String] {
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: corpus)) ?? []
    return all.filter { $0.hasSuffix(end) }.sorted()
  }
}

/// An LFN by one catalog: what WMCore makes of it, and what Swab is to make of it.
package struct MappingVector: Decodable {
  /// One protocol's rules in one file.
  package struct Catalog: Hashable {
    package let siteconf: String
    package let protocolName: String
    package let volume: String?
    package let storageSite: String?
  }

  package let siteconf: String
  package let `protocol`: String
  package let volume: String?
  package let storageSite: String?
  package let lfn: String
  package let pfn_swab: String?
  package let why_swab: String?

  package var catalog: Catalog {
    Catalog(siteconf: siteconf, protocolName: `protocol`, volume: volume, storageSite: storageSite)
  }

  /// Every row of vectors-lfn.jsonl.
  package static func all() throws -> [MappingVector] {
    try ReferenceData.rows("vectors-lfn.jsonl", as: MappingVector.self)
  }
}

/// Directories and variables, and which file WMCore takes then.
package struct PathVector: Decodable {
  package struct Query: Decodable {
    package let call: String
    package let currentSite: String?
    package let currentSubsite: String?
    package let storageSite: String?
  }

  package let `case`: String
  package let dirs: [String]
  package let files: [String]
  package let links: [String: String]
  package let env: [String: String]
  package let query: Query
  package let wmcore: String?

  /// Every row of vectors-paths.jsonl.
  package static func all() throws -> [PathVector] {
    try ReferenceData.rows("vectors-paths.jsonl", as: PathVector.self)
  }

  /// The variables, for files below `root`.
  package func environment(in root: String) -> [String: String] {
    env.mapValues { $0.replacing("<ROOT>", with: root) }
  }

  /// The file that is taken below `root`, as WMCore names it; only one slash between the parts, where it joins texts.
  package func expected(in root: String) -> String? {
    wmcore?.replacing("<ROOT>", with: root).replacing("//JobConfig", with: "/JobConfig")
  }

  /// Makes the directories, empty files and links below `root`.
  package func lay(in root: String) throws {
    for directory in dirs { Disk.makeDirectory("\(root)/\(directory)") }
    for file in files {
      let path = "\(root)/\(file)"
      Disk.makeDirectory(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
      Disk.write(path, "")
    }
    for (link, target) in links {
      try FileManager.default.createSymbolicLink(
        atPath: "\(root)/\(link)", withDestinationPath: target.replacing("<ROOT>", with: root))
    }
  }
}

/// A site: what WMCore finds in its files, and where it tries to delete some LFNs.
package struct SiteVector: Decodable {
  package struct Site: Decodable {
    package let siteName: String?
    package let subSiteName: String?
  }

  package struct Method: Decodable, Equatable {
    package let storageSite: String
    package let volume: String
    package let `protocol`: String
    package let command: String
    package let option: String?
    package let phedexNode: String?

    package init(
      storageSite: String, volume: String, protocol: String, command: String, option: String?,
      phedexNode: String?
    ) {
      (self.storageSite, self.volume, self.protocol) = (storageSite, volume, `protocol`)
      (self.command, self.option, self.phedexNode) = (command, option, phedexNode)
    }

    enum CodingKeys: String, CodingKey {
      case storageSite, volume, `protocol`, command, option
      case phedexNode = "phedex-node"
    }
  }

  package struct Contact: Decodable {
    package struct Parts: Decodable {
      package let filename: String?
      package let protocols: [String]?
      package let destination: String?
    }

    package let url: String
    package let cmssw: Parts?
  }

  package let siteconf: String
  package let SITECONFIG_PATH: String
  package let wmcore: Site?
  package let wmcore_nodeReader: Site?
  package let deleteMgr: [Method]?
  package let deleteAttempts: [String: [[String?]]]?
  package let contactStrings: [Contact]

  /// Every row of vectors-siteconf.jsonl.
  package static func all() throws -> [SiteVector] {
    try ReferenceData.rows("vectors-siteconf.jsonl", as: SiteVector.self)
  }

  /// What names the site to a program.
  package var environment: [String: String] {
    ["SITECONFIG_PATH": "\(ReferenceData.corpus)/\(SITECONFIG_PATH)"]
  }
}
