import TestSupport
import Testing

/// Which target may see which. A new line here is a decision about the structure of the project.
@Suite("Targets see only what they have business with")
struct ImportTests {
  /// Each target of Sources with the targets of Sources that it may import.
  static let imports: [String: Set<String>] = [
    "ByteStreams": ["COpenSSL", "CZlib"],
    "SiteConf": ["ByteStreams", "CLibXML2", "CPCRE2"],
    "DeletionModel": ["SiteConf"],
    "ListReading": ["ByteStreams", "DeletionModel"],
    "JobReports": ["ByteStreams", "DeletionModel", "ListReading"],
    "RunJournal": ["ByteStreams", "DeletionModel", "JobReports", "ListReading"],
    "DeletionEngine": ["DeletionModel", "ListReading", "RunJournal"],
    "ProcessRunning": ["ByteStreams", "CLinux", "DeletionModel"],
    "Threads": ["CLinux"],
    "Networking": ["COpenSSL", "DeletionModel", "Threads"],
    "Credentials": ["COpenSSL", "DeletionModel", "Networking", "ProcessRunning"],
    "HTTPTransport": ["CLibCurl", "Credentials", "DeletionModel", "Networking", "Threads"],
    "BackendPOSIX": ["CLinux", "DeletionModel"],
    "BackendWebDAV": [
      "CLibCurl", "CLibXML2", "Credentials", "DeletionModel", "HTTPTransport", "Networking", "Threads",
    ],
    "BackendDCacheBulk": ["ByteStreams", "Credentials", "DeletionModel", "HTTPTransport", "Networking"],
    "XRootDProtocol": ["Credentials", "DeletionModel", "Networking"],
    "BackendXRootD": ["COpenSSL", "Credentials", "DeletionModel", "Networking", "Threads", "XRootDProtocol"],
    "BackendTools": ["Credentials", "DeletionModel", "Networking", "ProcessRunning", "XRootDProtocol"],
    "Backends": [
      "BackendDCacheBulk", "BackendPOSIX", "BackendTools", "BackendWebDAV", "BackendXRootD", "Credentials",
      "DeletionModel", "ProcessRunning",
    ],
    "CondorJob": ["ByteStreams"],
    "Campaign": [
      "ByteStreams", "CLinux", "CondorJob", "Credentials", "DeletionModel", "HTTPTransport", "JobReports",
      "ListReading", "Networking", "ProcessRunning", "RunJournal", "SiteConf",
    ],
    "Cycle": [
      "ByteStreams", "Campaign", "DeletionModel", "HTTPTransport", "JobReports", "ListReading",
      "Threads",
    ],
    "CommandSupport": [
      "ByteStreams", "CLibCurl", "CLibXML2", "CLinux", "CPCRE2", "CZlib", "CondorJob", "DeletionModel",
      "JobReports", "ListReading", "RunJournal", "SiteConf",
    ],
    "swab": [
      "Backends", "ByteStreams", "CommandSupport", "CondorJob", "Credentials", "DeletionEngine",
      "DeletionModel", "HTTPTransport", "JobReports", "ListReading", "Networking", "ProcessRunning",
      "RunJournal", "SiteConf", "Threads",
    ],
    "swab-submit": ["ByteStreams", "Campaign", "CommandSupport", "Cycle", "DeletionModel", "JobReports"],
  ]

  static let libraries: Set<String> = ["CLibCurl", "CLibXML2", "CLinux", "COpenSSL", "CPCRE2", "CZlib"]

  @Test func `every target of Sources has its line here`() {
    let directories = Set(SourceTree.directories(below: "Sources"))
    #expect(directories.subtracting(Self.libraries) == Set(Self.imports.keys))
  }

  @Test(arguments: imports.keys.sorted())
  func `no file imports what its target has no business with`(target: String) {
    let ours = Self.libraries.union(Self.imports.keys)
    let allowed = Self.imports[target] ?? []
    let files = SourceTree.swiftFiles(below: "Sources/\(target)")
    #expect(!files.isEmpty)
    var used: Set<String> = []
    for file in files {
      let imports = SourceTree.imports(of: file).filter(ours.contains)
      used.formUnion(imports)
      #expect(imports.subtracting(allowed).isEmpty, "\(file)")
    }
    #expect(allowed.subtracting(used).isEmpty, "allowed and not used")
  }

  @Test(arguments: imports.keys.sorted())
  func `the manifest names what the files import`(target: String) throws {
    let manifest = Disk.read(Repository.root + "/Package.swift")
    let start = try #require(manifest.firstRange(of: "\n      name: \"\(target)\","))
    let rest = manifest[start.upperBound...]
    let end = rest.firstRange(of: "swiftSettings")?.lowerBound ?? rest.endIndex
    let text = Set(rest[..<end].split(separator: "\"").map(String.init))
    let ours = Self.libraries.union(Self.imports.keys).subtracting([target])
    #expect(text.intersection(ours) == Self.imports[target])
  }
}
