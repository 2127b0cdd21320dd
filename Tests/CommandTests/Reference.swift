import FoundationEssentials
import TestSupport

/// What the CMS tools make of real SITECONF files, kept beside the repository. Where it is missing, tests over
/// it run over no rows.
enum Reference {
  static let folder: String = {
    var parts = Repository.root.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast()
    return parts.joined(separator: "/") + "/shared/siteconf"
  }()

  static let corpus = folder + "/corpus"

  /// The rows of one file of vectors.
  static func rows<Row: Decodable>(_ file: String, as type: Row.Type) throws -> [Row] {
    try lines(Disk.bytes("\(folder)/\(file)"), as: type)
  }

  /// JSON lines.
  static func lines<Row: Decodable>(_ bytes: [UInt8], as type: Row.Type) throws -> [Row] {
    try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(type, from: Data($0)) }
  }

  /// Names as a list in the form of a JSON array, which can hold every name.
  static func list(_ names: [String]) throws -> [UInt8] { Array(try JSONEncoder().encode(names)) }
}

/// Two texts are the same name only when their bytes are: Swift takes `é` for `e` with an accent.
func same(_ left: String?, _ right: String?) -> Bool {
  switch (left, right) {
  case (let left?, let right?): left.utf8.elementsEqual(right.utf8)
  case (nil, nil): true
  default: false
  }
}
