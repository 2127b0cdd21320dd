import Synchronization
import Glibc
import TestSupport

/// The part of HTCondor's starter that jobs talk to by Chirp.
package final class ChirpStarter: Sendable {
  /// The lines that came, of all connections.
  package var lines: [String] { seen.withLock { $0 } }
  /// What a job has in its environment.
  package var environment: [String: String] { ["_CONDOR_CHIRP_CONFIG": "\(directory.path)/.chirp.config"] }

  private let directory: TemporaryDirectory
  private let acceptor: Acceptor
  private let seen = Mutex<[String]>([])

  /// Answers the lines of one connection with these texts and closes it then; nil: every line of every connection is
  /// answered well.
  package init(_ answers: [String]? = nil) throws {
    directory = try TemporaryDirectory()
    acceptor = try Acceptor()
    Disk.write("\(directory.path)/.chirp.config", "127.0.0.1 \(acceptor.port) secret\n")
    try acceptor.start { [weak self] connection in
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
