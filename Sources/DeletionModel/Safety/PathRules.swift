import Glibc

/// What a path must look like before anything is done with it, whether it is an LFN or the path in a PFN.
///
/// Works on bytes: these checks run for every file of lists with millions.
package enum PathRules {
  /// Which slashes a path may have.
  package enum Slashes {
    /// None in a row, none at the end: an LFN.
    case single
    /// Rows of them are allowed, none at the end: `root://host//store/f`, or a prefix that ends in a slash.
    case repeated
  }

  /// The first rule that the path breaks, or nil.
  package static func broken(by path: String, slashes: Slashes) -> Refusal? {
    var copy = path
    return copy.withUTF8 { check($0, path, slashes) }
  }

  private static func check(_ bytes: UnsafeBufferPointer<UInt8>, _ path: String, _ slashes: Slashes)
    -> Refusal?
  {
    let slash = UInt8(ascii: "/")
    guard bytes.first == slash else {
      return Refusal(.notAbsolute, "\(MessageText.quoted(path)) does not begin with a slash")
    }
    let isPlain = ServerSyntax.isPlain(bytes)
    var needsUnicodeCheck = false
    var segmentStart = 1
    var index = 1
    while index <= bytes.count {
      // Nearly all paths have nothing but slashes to be looked at.
      if isPlain {
        index = nextSlash(bytes, from: index)
      } else {
        while index < bytes.count, ServerSyntax.isPlain(bytes[index]) { index += 1 }
      }
      let byte = index < bytes.count ? bytes[index] : slash
      if byte == slash {
        let segment = bytes[segmentStart..<index]
        if segment.isEmpty {
          if index == bytes.count {
            return Refusal(.trailingSlash, "\(MessageText.quoted(path)) ends in a slash")
          }
          if slashes == .single {
            return Refusal(.emptySegment, "\(MessageText.quoted(path)) has two slashes in a row")
          }
        } else if segment.count <= 6, isDotSegment(segment) {
          return Refusal(.dotSegment, "\(MessageText.quoted(path)) has a . or .. segment")
        }
        segmentStart = index + 1
      } else if byte < 0x20 || byte == 0x7F {
        return Refusal(.controlCharacter, "\(MessageText.quoted(path)) has a control character")
      } else if byte >= 0x80 {
        needsUnicodeCheck = true
      } else if ServerSyntax.isSpecial(bytes, index) {
        return Refusal(
          .wildcard,
          "\(MessageText.quoted(path)) has \(special(bytes, index)), which some servers don't take as a part of a name"
        )
      }
      index += 1
    }
    if needsUnicodeCheck, path.unicodeScalars.contains(where: isForbidden) {
      return Refusal(.controlCharacter, "\(MessageText.quoted(path)) has a control character")
    }
    return nil
  }

  /// Where the next slash is, or the end.
  private static func nextSlash(_ bytes: UnsafeBufferPointer<UInt8>, from index: Int) -> Int {
    guard let base = bytes.baseAddress, index < bytes.count,
      let slash = memchr(base + index, Int32(UInt8(ascii: "/")), bytes.count - index)
    else { return bytes.count }
    return UnsafeRawPointer(slash) - UnsafeRawPointer(base)
  }

  /// What was found there, for a message.
  private static func special(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> String {
    switch bytes[index] {
    case UInt8(ascii: "#"): "#AND#"
    case UInt8(ascii: "("): "a component that begins with .("
    case let byte: "a \(Character(Unicode.Scalar(byte)))"
    }
  }

  /// C1 controls, and the two separators that some programs take for a newline.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    (0x80...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
  }

  /// `.` or `..`, each dot plain or as `%2e`: a server that decodes once too often must not climb.
  private static func isDotSegment(_ segment: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    var dots = 0
    var rest = segment
    while let first = rest.first {
      if first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
      } else if rest.count >= 3, first == UInt8(ascii: "%"),
        rest[rest.startIndex + 1] == UInt8(ascii: "2"),
        rest[rest.startIndex + 2] | 0x20 == UInt8(ascii: "e")
      {
        rest = rest.dropFirst(3)
      } else {
        return false
      }
      dots += 1
    }
    return dots <= 2
  }
}
