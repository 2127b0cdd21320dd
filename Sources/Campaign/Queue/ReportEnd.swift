import ByteStreams

/// The last bytes of a file with a report in it.
enum ReportEnd {
  /// Whether they are none of a whole report. Sees nearly every cut, at the cost of two reads; to see all of them
  /// the file has to be read to its end, as ``JobEvidence`` does.
  ///
  /// Plain JSON ends in a brace. A gzip file ends in the number of bytes that are packed in it (RFC 1952, ISIZE), which
  /// its own size bounds; in a file that was cut, any number stands there.
  ///
  /// - Throws: `FileError`.
  static func isCut(_ path: String) throws -> Bool {
    let file = try OpenFile(readingRegular: path)
    let size = try file.snapshot().size
    var head = FileSource(file, at: 0)
    var tail = FileSource(file, at: max(0, size - 4))
    let last = try tail.next() ?? []
    guard GunzipSource.isBegun(by: try head.next() ?? []) else {
      return last.last { $0 > 0x20 } != UInt8(ascii: "}")
    }
    let packed = last.reversed().reduce(0) { $0 << 8 | Int64($1) }
    return packed < size / 2 || packed > size * mostPacked
  }

  /// Deflate packs no more bytes than this into one (zlib's documentation, "Maximum Compression Factor").
  private static let mostPacked: Int64 = 1032
}
