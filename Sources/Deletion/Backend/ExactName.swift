import Glibc

/// A name compared and hashed by its bytes, as a file system does it: Swift's `==` takes `é` and `e` with an accent
/// for the same text; they are two files.
public struct ExactName: Hashable, Sendable {
  /// The name.
  public let text: String

  /// Makes a name.
  public init(_ text: some StringProtocol) { self.text = String(text) }

  /// Whether two names have the same bytes.
  public static func == (left: ExactName, right: ExactName) -> Bool {
    var left = left.text
    var right = right.text
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
      }
    }
  }

  /// Hashes the bytes as one block.
  public func hash(into hasher: inout Hasher) {
    var bytes = text
    bytes.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
