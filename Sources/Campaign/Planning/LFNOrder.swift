import Glibc

/// The order of all lists of a campaign: by the bytes of the directory, then by those of the name in it. So the files
/// of a directory stand together, which they would not by the bytes of the whole LFN.
package enum LFNOrder {
  /// Whether one LFN stands before another one; two that are equal do not. False where one has no slash.
  package static func precedes(_ left: String, _ right: String) -> Bool {
    var (left, right) = (left, right)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard let first = directoryLength(left), let second = directoryLength(right) else { return false }
        return precedes(left, first, right, second)
      }
    }
  }

  /// How many bytes the directory has, without the slash behind it; nil for what does not begin with a slash.
  static func directoryLength(_ lfn: UnsafeBufferPointer<UInt8>) -> Int? {
    guard lfn.first == UInt8(ascii: "/") else { return nil }
    return lfn.lastIndex(of: UInt8(ascii: "/"))
  }

  /// Whether it would be two lines of a list.
  static func hasLineFeed(_ lfn: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = lfn.baseAddress else { return false }
    return memchr(base, 0x0A, lfn.count) != nil
  }

  /// The same for LFNs whose directories have these lengths. What is empty stands before everything.
  static func precedes(
    _ left: UnsafeBufferPointer<UInt8>, _ leftDirectory: Int, _ right: UnsafeBufferPointer<UInt8>,
    _ rightDirectory: Int
  ) -> Bool {
    if left.isEmpty { return !right.isEmpty }
    let directories = compare(
      UnsafeBufferPointer(rebasing: left[..<leftDirectory]),
      UnsafeBufferPointer(rebasing: right[..<rightDirectory]))
    if directories != 0 { return directories < 0 }
    return compare(
      UnsafeBufferPointer(rebasing: left[leftDirectory...]),
      UnsafeBufferPointer(rebasing: right[rightDirectory...]))
      < 0
  }

  /// By bytes; what ends first stands first.
  @inline(__always)
  static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
    let count = min(left.count, right.count)
    if count > 0, let first = left.baseAddress, let second = right.baseAddress {
      let order = memcmp(first, second, count)
      if order != 0 { return Int(order) }
    }
    return left.count - right.count
  }
}
