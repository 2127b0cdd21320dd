import ByteStreams

/// The same bytes, counted into a digest on their way.
struct DigestingSource: ByteSource {
  private var source: any ByteSource
  private let digest: SHA256

  init(_ source: any ByteSource, _ digest: SHA256) {
    self.source = source
    self.digest = digest
  }

  mutating func next() throws -> [UInt8]? {
    guard let chunk = try source.next() else { return nil }
    digest.add(chunk)
    return chunk
  }
}
