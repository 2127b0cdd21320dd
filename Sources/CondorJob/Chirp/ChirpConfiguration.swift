import ByteStreams

/// Where a job reaches the starter that runs it: the file that `_CONDOR_CHIRP_CONFIG` names.
///
/// Its one line holds a host, a port and a cookie. The cookie is a secret: whoever has it can change the job.
struct ChirpConfiguration: Sendable {
  let host: String
  let port: Int
  let cookie: [UInt8]

  /// The most bytes that are read of the file.
  private static let limit = 4096

  /// Nil for anything that is not three words with a port in the middle.
  init?(_ bytes: [UInt8]) {
    let words = bytes.split { $0 <= 0x20 }
    guard words.count == 3, let port = Int(String(decoding: words[1], as: UTF8.self)),
      (1...65_535).contains(port)
    else { return nil }
    host = String(decoding: words[0], as: UTF8.self)
    self.port = port
    cookie = Array(words[2])
  }

  /// The one of this job; nil outside of HTCondor, and where it gives none.
  init?(environment: [String: String]) {
    guard let path = environment["_CONDOR_CHIRP_CONFIG"], !path.isEmpty,
      let bytes = try? FileSource.contents(of: path, limit: Self.limit)
    else { return nil }
    self.init(bytes)
  }
}
