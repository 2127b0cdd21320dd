import FoundationEssentials

/// What the CMS tools make of real SITECONF files, kept beside the repository. Where it is missing, tests over
/// it run over no rows.
enum ReferenceData {
  static let folder: String = {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return "/\(root)/shared/siteconf"
  }()

  static let corpus = folder + "/corpus"

  /// The rows of one file of vectors.
  static func rows<Row: Decodable>(_ file: String, as type: Row.Type) throws -> [Row] {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else { return [] }
    return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(type, from: $0) }
  }

  /// The corpus files whose names end in this, by their path in the corpus.
  static func files(endingIn end: String) -> [String] {
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: corpus)) ?? []
    return all.filter { $0.hasSuffix(end) }.sorted()
  }
}
