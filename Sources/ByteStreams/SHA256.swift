import COpenSSL
import Synchronization

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece.
package final class SHA256: Sendable {
  private struct Context: ~Copyable {
    let pointer: OpaquePointer

    init?() {
      guard let pointer = EVP_MD_CTX_new() else { return nil }
      self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }
  }

  private let context: Mutex<Context>

  /// A digest of nothing yet; nil without memory.
  package init?() {
    guard let context = Context(), EVP_DigestInit_ex(context.pointer, EVP_sha256(), nil) == 1 else {
      return nil
    }
    self.context = Mutex(context)
  }

  /// Adds bytes.
  package func add(_ bytes: [UInt8]) {
    _ = context.withLock { EVP_DigestUpdate($0.pointer, bytes, bytes.count) }
  }

  /// The digest of everything added, as 64 hexadecimal digits. To be asked for once.
  package func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = context.withLock { EVP_DigestFinal_ex($0.pointer, &digest, nil) }
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
