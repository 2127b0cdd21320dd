import FoundationEssentials
import TestSupport

import Glibc

/// A directory of a storage with everything in it that a list can run into, and the list.
struct MixedStorage {
  /// What stands under a listed name.
  enum Kind {
    case file, missing, forbidden, emptyDirectory, fullDirectory, protected, unsafe
  }

  /// A name of the list.
  struct Listed {
    let lfn: String
    let kind: Kind
  }

  /// How many of each are wanted; the rest up to `total` are plain files and missing ones.
  struct Size {
    var total = 2000
    var forbidden = 30
    var directories = 20
    /// Every n-th odd name; 1 for all.
    var oddStep = 1
  }

  let data: String
  let owner: uid_t?
  /// The top of what this list may delete.
  let top: String
  private(set) var listed: [Listed] = []
  /// Names at or above which nothing may be deleted.
  private(set) var protected: [String] = []
  private let forbiddenDirectory: String

  /// Makes it below `/store/unmerged/NAME` of a storage.
  ///
  /// - Parameters:
  ///   - data: the directory that the storage shows as `/`.
  ///   - owner: who the storage is; files are made his, so that he may delete them.
  init(_ name: String, data: String, owner: uid_t?, size: Size = Size()) {
    self.data = data
    self.owner = owner
    top = "/store/unmerged/\(name)"
    forbiddenDirectory = data + top + "/forbidden"
    addUnsafe()
    addOdd(step: size.oddStep)
    for index in 0..<size.directories {
      makeDirectory("\(top)/directories/empty-\(index)")
      add("\(top)/directories/empty-\(index)", .emptyDirectory)
      make("\(top)/directories/full-\(index)/within/unlisted.root")
      make("\(top)/directories/full-\(index)/listed.root")
      add("\(top)/directories/full-\(index)", .fullDirectory)
      add("\(top)/directories/full-\(index)/listed.root", .file)
    }
    for index in 0..<10 {
      make("\(top)/protected/a-\(index)/f.root")
      add("\(top)/protected/a-\(index)/f.root", .protected)
      protected.append("\(top)/protected/a-\(index)")
    }
    for index in 0..<size.forbidden {
      make("\(top)/forbidden/f-\(index).root")
      add("\(top)/forbidden/f-\(index).root", .forbidden)
    }
    if size.forbidden > 0 {
      chmod(forbiddenDirectory, 0o555)
      if owner != nil { chown(forbiddenDirectory, 0, gid_t.max) }
    }
    addPlain(until: size.total)
  }

  /// Writes the list: the first half one a line, the rest as JSON; and the protected list.
  func writeLists(in directory: String) throws -> (lists: [String], protected: String) {
    let half = listed.count / 2
    let replacement = Array("\u{fffd}".utf8)
    var lines: [UInt8] = []
    for name in listed[..<half] {
      let bytes = Array(name.lfn.utf8)
      // The one name that is not UTF-8; the report can only show it so.
      lines += bytes.suffix(3) == replacement[...] ? bytes.dropLast(3) + [0xE9] : bytes
      lines.append(UInt8(ascii: "\n"))
    }
    try Data(lines).write(to: URL(filePath: directory + "/lines.txt"))
    let json = try JSONEncoder().encode(listed[half...].map(\.lfn))
    try json.write(to: URL(filePath: directory + "/array.json"))
    Disk.write(directory + "/protected.txt", protected.map { $0 + "\n" }.joined())
    return ([directory + "/lines.txt", directory + "/array.json"], directory + "/protected.txt")
  }

  private mutating func add(_ lfn: String, _ kind: Kind) { listed.append(Listed(lfn: lfn, kind: kind)) }

  private func make(_ lfn: String) { Disk.makeFile(data + lfn, owner: owner) }

  private func makeDirectory(_ lfn: String) { Disk.makeDirectory(data + lfn, owner: owner) }

  /// Each odd name among its neighbours: as a file, as a missing file, and as a directory with a file.
  private mutating func addOdd(step: Int) {
    for (index, name) in OddNames.all.enumerated() where index % step == 0 {
      let neighbours = OddNames.neighbours(of: name)
      make("\(top)/odd/there-\(index)/\(name)")
      for neighbour in neighbours {
        make("\(top)/odd/there-\(index)/\(neighbour)")
        make("\(top)/odd/missing-\(index)/\(neighbour)")
        make("\(top)/odd/directory-\(index)/\(neighbour)/f")
      }
      make("\(top)/odd/directory-\(index)/\(name)/f")
      add("\(top)/odd/there-\(index)/\(name)", .file)
      add("\(top)/odd/missing-\(index)/\(name)", .missing)
      add("\(top)/odd/directory-\(index)/\(name)/f", .file)
    }
  }

  /// Names that must be refused, most of them beside a file that a careless program would reach by them.
  private mutating func addUnsafe() {
    for lfn in ["\(top)/unsafe/f", "/store/user/somebody/f", "/store/unmergedX/f", "/store/mc/f"] {
      make(lfn)
    }
    make("\(top)/unsafe/a\u{2028}b")
    make("\(top)/unsafe/a\tb")
    make("\(top)/unsafe/caf\u{fffd}")
    for lfn in [
      // The first one is what the summary shows.
      "\(top)/unsafe/\u{1b}[2Jf", "\(top)/unsafe/../unsafe/f", "\(top)/unsafe/./f", "\(top)/unsafe//f",
      "\(top)/unsafe/f/",
      "/\(top)/unsafe/f", String(top.dropFirst()) + "/unsafe/f", "\(top)/unsafe/%2e%2e/unsafe/f",
      "\(top)/unsafe/%2E/f", "/store/user/somebody/f", "/store/unmergedX/f", "/store/mc/f", "/store/unmerged",
      "/store/unmerged/", "/store", "/", "\(top)/unsafe/a\u{2028}b", "\(top)/unsafe/a\tb",
      "\(top)/unsafe/a\u{85}b",
      "\(top)/unsafe/caf\u{fffd}",
      "root://127.0.0.1/\(top)/unsafe/f", "unsafe/f", "../f",
    ] {
      add(lfn, .unsafe)
    }
  }

  /// Files and missing ones, with neighbours whose names begin alike.
  private mutating func addPlain(until total: Int) {
    var index = 0
    while listed.count < total {
      let lfn = "\(top)/plain/\(index % 13)/f-\(index).root"
      if index % 6 == 0 {
        makeDirectory("\(top)/plain/\(index % 13)")
        add(lfn, .missing)
      } else {
        make(lfn)
        add(lfn, .file)
      }
      if index % 20 < 2 {
        for end in [".bak", "2", " "] { make(lfn + end) }
        make(String(lfn.dropLast(5)))
      }
      index += 1
    }
  }
}
