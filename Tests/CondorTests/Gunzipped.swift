import ByteStreams

/// What is in a gzipped file.
enum Gunzipped {
  static func bytes(of path: String) throws -> [UInt8] {
    var source = try GunzipSource(FileSource(path: path))
    var result: [UInt8] = []
    while let chunk = try source.next() { result += chunk }
    return result
  }

  static func lines(of path: String) throws -> [String] {
    try bytes(of: path).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }
}
