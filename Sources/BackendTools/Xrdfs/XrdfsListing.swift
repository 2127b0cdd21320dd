import DeletionModel

/// Many names looked at by listing their directories, and how such listings are read. Pure.
///
/// `xrdfs` asks for one `stat` at a time and waits for each, so a name costs a round trip; a listing brings the
/// same flags of a whole directory at once. What a listing does not say without doubt is looked at by its name: an
/// entry without flags (`----`, where the server gave none), two lines for one path that differ, and a name that
/// is not there, because a listing may be incomplete (`xrdfs` leaves out what a server behind a redirector does
/// not tell).
///
/// A line, up to XrdCl 5.0 and since:
/// ```
/// drwx 2026-11-21 15:09:51          40 /store/a/d1
/// -rw-r--r-- xrootd root  0 2026-11-21 15:09:51 /store/a/f1
/// ```
enum XrdfsListing {
  /// For fewer names of a directory each is looked at by itself.
  static let leastNames = 8
  /// A listing costs about as much as looks at a 16th of its entries.
  static let worthwhileShare = 16

  /// What the listings said.
  struct Found {
    var entries: [ExactName: XrdfsOutput.Entry] = [:]
    /// How many entries a directory has, and how many of them were asked for.
    var counts: [ExactName: (all: Int, wanted: Int)] = [:]

    /// Whether listing the directory again would cost more than it saves; true where it could not be listed.
    func isTooBig(_ directory: ExactName) -> Bool {
      guard let count = counts[directory] else { return true }
      return count.all > worthwhileShare * max(count.wanted, leastNames)
    }
  }

  /// The directories that are worth a listing, in the order of their first name.
  static func directories(of paths: [ExactName], isTooBig: (_ directory: ExactName) -> Bool) -> [ExactName] {
    var order: [ExactName] = []
    var counts: [ExactName: Int] = [:]
    for path in paths {
      // With parameters the path is no name that could stand in a listing.
      guard let directory = directory(of: path), !path.text.utf8.contains(UInt8(ascii: "?")) else { continue }
      if counts[directory] == nil { order.append(directory) }
      counts[directory, default: 0] += 1
    }
    return order.filter {
      counts[$0, default: 0] >= leastNames && XrdfsSession.canHold($0) && !isTooBig($0)
    }
  }

  /// The directory that a path is in; nil at the top.
  static func directory(of path: ExactName) -> ExactName? {
    let bytes = path.text.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash != bytes.startIndex else { return nil }
    return ExactName(Substring(bytes[..<slash]))
  }

  /// What goes to the standard input of `xrdfs`.
  static func script(_ directories: [ExactName]) -> [UInt8] {
    var result: [UInt8] = []
    for directory in directories { result += "ls -l \(XrdfsSession.quoted(directory.text))\n".utf8 }
    return result + Array("exit\n".utf8)
  }

  /// Reads the listings of these directories for these paths.
  static func read(_ output: [UInt8], of paths: [ExactName], in directories: [ExactName]) -> Found {
    let wanted = Set(paths)
    var result = Found()
    for directory in directories { result.counts[directory] = (0, 0) }
    var unclear: Set<ExactName> = []
    // Behind the last line feed stands a line that is not complete.
    for line in output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      guard let (entry, name) = entry(line), let directory = directory(of: name),
        result.counts[directory] != nil
      else {
        continue
      }
      result.counts[directory, default: (0, 0)].all += 1
      guard wanted.contains(name) else { continue }
      result.counts[directory, default: (0, 0)].wanted += 1
      if let before = result.entries[name], before != entry { unclear.insert(name) }
      if let entry { result.entries[name] = entry } else { unclear.insert(name) }
    }
    for name in unclear { result.entries[name] = nil }
    return result
  }

  /// The type, nil where the line does not say it, and the path. No entry: nil.
  private static func entry(_ line: ArraySlice<UInt8>) -> (XrdfsOutput.Entry?, ExactName)? {
    guard let space = line.firstIndex(of: UInt8(ascii: " ")), let first = line.first,
      first == UInt8(ascii: "d") || first == UInt8(ascii: "-"),
      line[..<space].dropFirst().allSatisfy({ "rwxsStT-".utf8.contains($0) || isOctal($0) })
    else { return nil }
    // Nothing before the path has a slash in it.
    guard let slash = line[space...].firstIndex(of: UInt8(ascii: "/")),
      line[slash - 1] == UInt8(ascii: " "), let path = String(validating: line[slash...], as: UTF8.self)
    else { return nil }
    let name = ExactName(path)
    let isKnown = line[space...].dropFirst().first != UInt8(ascii: "0")
    if !isKnown || space - line.startIndex < 4 { return (nil, name) }
    return (first == UInt8(ascii: "d") ? .directory : .other, name)
  }

  private static func isOctal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte)
  }
}
