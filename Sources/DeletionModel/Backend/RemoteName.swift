import Glibc

/// A name that a tool or a server would take for another one. It is never sent.
package struct InexactName: Error, Sendable, Equatable {
  /// What cannot be expressed.
  package let reason: String

  package init(reason: String) {
    self.reason = reason
  }

  /// As an answer.
  package var error: DeletionError {
    DeletionError(.permanent, code: "name", message: "not sent: \(reason)")
  }
}

/// What all remote backends check of a PFN before anything is sent.
package enum RemoteName {
  /// Words in the name of an opaque parameter that mean its value must not be on a command line.
  private static let secretMarks = ["auth", "token", "bearer", "passw", "secret", "sig", "macaroon", "key"]

  /// Refuses a PFN that no tool can pass on exactly.
  ///
  /// XRootD takes everything from the first `?` on for parameters, over root:// and, decoded, over HTTP too:
  /// it would delete the file whose name ends before the `?`.
  ///
  /// - Parameter allowsSecrets: whether a parameter may hold one: where nothing is put on a command line.
  package static func check(_ target: DeletionTarget, allowsSecrets: Bool = false) throws(InexactName) {
    let pfn = target.pfn
    if has(target.lfn, UInt8(ascii: "?")) || has(pfn.path, UInt8(ascii: "?")) {
      throw InexactName(reason: "a ? in a name begins the parameters for some servers")
    }
    if hasControl(pfn.text) {
      throw InexactName(reason: "a control character in the name")
    }
    guard !pfn.authority.isEmpty else { throw InexactName(reason: "no host in the PFN") }
    if let reason = problem(ofAuthority: pfn.authority) { throw InexactName(reason: reason) }
    if pfn.path.utf8.last == UInt8(ascii: "/") { throw InexactName(reason: "it ends in a slash") }
    if let opaque = pfn.opaque { try check(opaque: opaque, allowsSecrets: allowsSecrets) }
  }

  /// Whether a text has a byte; this is asked of every file.
  private static func has(_ text: String, _ byte: UInt8) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      bytes.baseAddress.map { memchr($0, Int32(byte), bytes.count) != nil } ?? false
    }
  }

  private static func problem(ofAuthority text: String) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      if let at = bytes.lastIndex(of: UInt8(ascii: "@")), bytes[..<at].contains(UInt8(ascii: ":")) {
        return "a password in the PFN would be seen on the command line"
      }
      let isOdd = bytes.contains { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }
      return isOdd ? "an odd character in the host" : nil
    }
  }

  private static func hasControl(_ text: String) -> Bool {
    var text = text
    // All bytes are looked at, without a branch, so that the compiler takes many at once.
    return text.withUTF8 { bytes in
      var found: UInt8 = 0
      for byte in bytes { found |= (byte < 0x20 ? 1 : 0) | (byte == 0x7f ? 1 : 0) }
      return found != 0
    }
  }

  /// A parameter part is kept where it is plain `key=value` pairs without secrets.
  private static func check(opaque: String, allowsSecrets: Bool) throws(InexactName) {
    for item in opaque.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
      let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1)
      guard parts.count == 2, item.allSatisfy({ isPlain($0) || allowsSecrets && $0 == UInt8(ascii: "%") })
      else {
        throw InexactName(reason: "the part behind ? is not plain parameters")
      }
      if allowsSecrets { continue }
      let key = String(Substring(parts[0])).lowercased()
      if secretMarks.contains(where: { key.contains($0) }) {
        throw InexactName(reason: "the parameter \(key) would be seen on the command line")
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || "=/._-:+,@".utf8.contains(byte)
  }
}

/// A name compared and hashed by its bytes, as a file system does it: Swift's `==` takes `é` and `e` with an accent
/// for the same text; they are two files.
package struct ExactName: Hashable, Sendable {
  /// The name.
  package let text: String

  package init(_ text: String) { self.text = text }

  package init(_ text: Substring) { self.text = String(text) }

  /// Whether two names have the same bytes.
  package static func == (left: ExactName, right: ExactName) -> Bool { same(left.text, right.text) }

  /// Hashes the bytes as one block.
  package func hash(into hasher: inout Hasher) {
    var bytes = text
    bytes.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Whether two texts have the same bytes.
  package static func same(_ left: String, _ right: String) -> Bool {
    withBytes(of: left, and: right) { left, right in
      left.count == right.count && same(left, right, count: left.count)
    }
  }

  /// Whether the bytes of the first name come before those of the second.
  package static func isAscending(_ left: String, _ right: String) -> Bool {
    withBytes(of: left, and: right) { left, right in
      let count = min(left.count, right.count)
      guard count > 0, let first = left.baseAddress, let second = right.baseAddress else {
        return left.count < right.count
      }
      let order = memcmp(first, second, count)
      return order < 0 || (order == 0 && left.count < right.count)
    }
  }

  /// Whether the first `count` bytes of two texts are there and the same.
  package static func samePrefix(_ left: String, _ right: String, count: Int) -> Bool {
    withBytes(of: left, and: right) { left, right in
      left.count >= count && right.count >= count && same(left, right, count: count)
    }
  }

  /// Whether a text ends in the bytes of another.
  package static func ends(_ text: String, with end: String) -> Bool {
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

  /// Texts on Linux are contiguous, and `withUTF8` would count a copy of each up and down; it is for others.
  private static func withBytes(
    of left: String, and right: String,
    _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Bool {
    let result = left.utf8.withContiguousStorageIfAvailable { left in
      right.utf8.withContiguousStorageIfAvailable { right in body(left, right) }
    }
    if case .some(.some(let result)) = result { return result }
    var left = left
    var right = right
    return left.withUTF8 { left in right.withUTF8 { right in body(left, right) } }
  }
}

/// Numbers the names of a batch, equal ones alike.
///
/// Most lists are sorted, and of names that ascend none comes twice: to compare two of them takes a tenth of the time that a
/// table takes for one.
package struct NameNumbers: Sendable {
  /// The names so far, as long as each is greater than the one before it.
  private var ascending: [(name: ExactName, number: Int)] = []
  /// All of them, once one was not.
  private var table: [ExactName: Int]?

  /// - Parameter count: how many names there will be.
  package init(count: Int) { ascending.reserveCapacity(count) }

  /// The number of a name; one that is new gets `next`.
  package mutating func number(of name: ExactName, next: Int) -> Int {
    if table == nil {
      if ascending.last.map({ ExactName.isAscending($0.name.text, name.text) }) ?? true {
        ascending.append((name, next))
        return next
      }
    }
    var numbers = table.take() ?? [:]
    for earlier in ascending { numbers[earlier.name] = earlier.number }
    ascending = []
    defer { table = numbers }
    // It is hashed once, as a hundred bytes take their time.
    func current(_ number: inout Int) -> Int { number }
    return current(&numbers[name, default: next])
  }
}
