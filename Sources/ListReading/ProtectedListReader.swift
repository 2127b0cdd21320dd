import DeletionModel
import ByteStreams

/// Reads a list of what must be kept: directories or files, in any form that a list of LFNs can have, and as the
/// object `{"result": […]}` that WMStats gives.
///
/// Whatever is not plainly an LFN is an error: an entry that is misunderstood protects nothing. That is so for
/// columns, patterns, comments, PFNs and storage paths, and for a list that has nothing to do with what may be deleted
/// (WMStats names output LFN bases of workflows, some of them of merged files; only of those it is the wrong list).
package enum ProtectedListReader {
  /// Reads a file and hands each entry on, without a slash at its end; gives their number (repeated ones
  /// included).
  ///
  /// - Parameters:
  ///   - allowed: below which roots deletion is allowed; nil where that is not known.
  ///   - mayBeElsewhere: whether the list may do without an entry in the area of one of them.
  ///
  /// Throws ``ListError`` for what the file holds, also when it holds no entry; `FileError` where it can't be
  /// read; and what `entry` throws.
  @discardableResult
  package static func read(
    _ path: String, below allowed: AllowedRoots? = nil, mayBeElsewhere: Bool = false,
    entry: (String) throws -> Void
  ) throws -> Int {
    try read(
      FileSource(path: path), name: path, below: allowed, mayBeElsewhere: mayBeElsewhere, entry: entry)
  }

  /// The same for bytes from anywhere.
  @discardableResult
  package static func read(
    _ source: any ByteSource, name: String, below allowed: AllowedRoots? = nil, mayBeElsewhere: Bool = false,
    entry: (String) throws -> Void
  ) throws -> Int {
    var reader = LFNListReader(source, name: name, acceptsResult: true)
    var count = 0
    var concernsRoots = mayBeElsewhere || allowed == nil
    // One at a time, so that an error has the line of its entry.
    while let batch = try reader.nextBatch(limit: 1) {
      for listed in batch {
        var path = listed.text
        if let reason = refusal(of: listed) ?? allowed?.misplacement(of: path) {
          throw ListError(
            source: name, line: reader.lineOfLastName, problem: .protectedEntry(path, reason: reason))
        }
        if path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        if !concernsRoots, let allowed { concernsRoots = allowed.shareArea(with: path) }
        try entry(path)
        count += 1
      }
    }
    if count == 0 { throw ListError(source: name, problem: .protectsNothing) }
    if !concernsRoots { throw ListError(source: name, problem: .protectsElsewhere(allowed?.texts ?? [])) }
    return count
  }

  /// Why an entry can't be understood; nil if it can.
  package static func refusal(of listed: ListedLFN) -> String? {
    guard listed.isValidUTF8 else { return "is not valid UTF-8" }
    let bytes = listed.text.utf8
    if bytes.last == 0x0D { return "ends in a carriage return (convert the line ends with dos2unix)" }
    if bytes.contains(0x09) { return "has a tab: a list has one LFN a line, without columns" }
    if bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return "has a control character" }
    if bytes.first == 0x20 || bytes.last == 0x20 { return "begins or ends with a blank" }
    guard bytes.first == UInt8(ascii: "/") else { return "is not absolute" }
    if bytes.count == 1 { return "would protect everything" }
    if ListLine.hasInvisibleCharacter(listed.text) { return "has a control or invisible character" }
    var segments = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if segments.last?.isEmpty == true { segments.removeLast() }
    for segment in segments {
      if segment.isEmpty { return "has an empty segment" }
      if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
        return "has a \".\" or \"..\" segment"
      }
    }
    if let pattern = pattern(in: listed.text) { return pattern }
    if let odd = bytes.first(where: { $0 < 0x80 && !isUsual($0) }) {
      let what = odd == 0x20 ? "blank" : "\"\(String(decoding: [odd], as: UTF8.self))\""
      return "has a \(what), as no LFN does: a list has one LFN a line, without columns"
    }
    return nil
  }

  /// Whether a byte of ASCII is one that LFNs have, or at least separates no columns and stands around no name in them.
  private static func isUsual(_ byte: UInt8) -> Bool {
    byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || "/-_.+~%".utf8.contains(byte)
  }

  /// No LFN has one of these (``ServerSyntax``): whoever wrote it expects a pattern to be matched.
  private static func pattern(in text: String) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      bytes.indices.first { ServerSyntax.isSpecial(bytes, $0) }.map { index in
        "has a \"\(Character(Unicode.Scalar(bytes[index])))\", and patterns are not understood"
      }
    }
  }
}
