import ByteStreams

/// Reads a list of what must be kept: folders or files, in any form that a list of LFNs can have, and as the
/// object `{"result": […]}` that WMStats gives.
///
/// Whatever is not plainly a path is an error: an entry that is misunderstood protects nothing.
public enum ProtectedListReader {
  /// Reads a file and hands each entry on, without a slash at its end; gives their number (repeated ones
  /// included).
  ///
  /// Throws ``ListError`` for what the file holds, also when it holds no entry; `FileError` where it can't be
  /// read; and what `entry` throws.
  @discardableResult
  public static func read(_ path: String, entry: (String) throws -> Void) throws -> Int {
    try read(FileSource(path: path), name: path, entry: entry)
  }

  /// The same for bytes from anywhere.
  @discardableResult
  public static func read(
    _ source: any ByteSource, name: String, entry: (String) throws -> Void
  ) throws -> Int {
    var reader = LFNListReader(source, name: name, acceptsResult: true)
    var count = 0
    // One at a time, so that an error has the line of its entry.
    while let batch = try reader.nextBatch(limit: 1) {
      for listed in batch {
        var path = listed.text
        if let reason = refusal(of: listed) {
          throw ListError(
            source: name, line: reader.lineOfLastName, problem: .protectedEntry(path, reason: reason))
        }
        if path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        try entry(path)
        count += 1
      }
    }
    if count == 0 { throw ListError(source: name, problem: .protectsNothing) }
    return count
  }

  /// Why an entry can't be understood; nil if it can.
  static func refusal(of listed: ListedLFN) -> String? {
    guard listed.isValidUTF8 else { return "is not valid UTF-8" }
    let bytes = listed.text.utf8
    if bytes.last == 0x0D { return "ends in a carriage return (convert the line ends with dos2unix)" }
    if bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return "has a control character" }
    if bytes.first == 0x20 || bytes.last == 0x20 { return "begins or ends with a blank" }
    guard bytes.first == UInt8(ascii: "/") else { return "is not absolute" }
    if bytes.count == 1 { return "would protect everything" }
    // No LFN has one: whoever wrote it expects a pattern to be matched.
    if bytes.contains(UInt8(ascii: "*")) { return "has a \"*\", and patterns are not understood" }
    var segments = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if segments.last?.isEmpty == true { segments.removeLast() }
    for segment in segments {
      if segment.isEmpty { return "has an empty segment" }
      if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
        return "has a \".\" or \"..\" segment"
      }
    }
    return nil
  }
}
