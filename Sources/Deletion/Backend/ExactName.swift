#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A name compared and hashed by its bytes, as a file system does it: Swift's `==` takes `é` and `e` with an accent
/// for the same text; they are two files.
public struct ExactName: Hashable, Sendable {
  /// The name.
  public let text: String

  /// Makes a name.
  public init(_ text: some StringProtocol) { self.text = String(text) }

  /// Whether two names have the same bytes.
  public static func == (left: ExactName, right: ExactName) -> Bool { same(left.text, right.text) }

  /// Hashes the bytes as one block.
  public func hash(into hasher: inout Hasher) {
    var bytes = text
    bytes.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Whether two texts have the same bytes.
  public static func same(_ left: String, _ right: String) -> Bool {
    withBytes(of: left, and: right) { left, right in
      left.count == right.count && same(left, right, count: left.count)
    }
  }

  /// Whether the first `count` bytes of two texts are there and the same.
  public static func samePrefix(_ left: String, _ right: String, count: Int) -> Bool {
    withBytes(of: left, and: right) { left, right in
      left.count >= count && right.count >= count && same(left, right, count: count)
    }
  }

  /// Whether a text ends in the bytes of another.
  public static func ends(_ text: String, with end: String) -> Bool {
    withBytes(of: text, and: end) { text, end in
      text.count >= end.count
        && same(UnsafeBufferPointer(rebasing: text[(text.count - end.count)...]), end, count: end.count)
    }
  }

  private static func same(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, count: Int
  ) -> Bool {
    guard count > 0, let left = left.baseAddress, let right = right.baseAddress else { return count == 0 }
    return memcmp(left, right, count) == 0
  }

  /// Texts on Linux are contiguous; copies would only be made of others.
  private static func withBytes(
    of left: String, and right: String,
    _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Bool {
    var left = left
    var right = right
    return left.withUTF8 { left in right.withUTF8 { right in body(left, right) } }
  }
}
