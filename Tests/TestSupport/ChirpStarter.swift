import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The part of HTCondor's starter that jobs talk to by Chirp.
public final class ChirpStarter: Sendable {
  /// The lines that came, of all connections.
  public var lines: [String] { seen.withLock { $0 } }
  /// What a job has in its environment.
  public var environment: [String: String] { ["_CONDOR_CHIRP_CONFIG": "\(folder.path)/.chirp.config"] }

  private let folder: TemporaryFolder
  private let acceptor: Acceptor
  private let seen = Mutex<[String]>([])

  /// Answers the lines of one connection with these texts and closes it then; nil: every line of every connection is
  /// answered well.
  public init(_ answers: [String]? = nil) throws {
    folder = try TemporaryFolder()
    acceptor = try Acceptor()
    Disk.write("\(folder.path)/.chirp.config", "127.0.0.1 \(acceptor.port) secret\n")
    acceptor.start { [weak self] connection in
      var left = answers?[...]
      while left?.isEmpty != true, let line = Self.line(connection) {
        self?.seen.withLock { $0.append(line) }
        let bytes = Array("\(left?.popFirst() ?? "0")\n".utf8)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      }
    }
  }

  private static func line(_ connection: Int32) -> String? {
    var text: [UInt8] = []
    var byte: UInt8 = 0
    while recv(connection, &byte, 1, 0) == 1 {
      if byte == 0x0A { return String(decoding: text, as: UTF8.self) }
      text.append(byte)
    }
    return nil
  }
}
