/// File names that something on the way to the storage could take for another name.
enum OddNames {
  static let all =
    [
      "a b", "a  b", " a", "a ", "a+b", "a%20b", "a%2520b", "a%2Fb", "a%", "a%xy", "a%41", "a%00b",
      "100%cent", "a#b", "#a", "a?b", "a?", "?a=b", "f?", "a&b=c", "a;b", "a'b", "'a'", "a\"b", "\"a\"",
      "a'b\"c", "a\\b", "a\\ b", "a\\", "-a", "-r", "--bulk", "--", "-", "~", "~a", "a*", "a[0]", "{a,b}",
      "$HOME", "$(a)", "`a`", "a|b", "a<b>", "a>b", "a:b", "a@b", "a,b", "a=b", "!a", "^a", "a.b", "a..b",
      "..a", "a..", "...", "root:", "%5B", "a%ff",
    ] + [
      "\u{fc}", "u\u{308}", "\u{e9}t\u{e9}", "日本", "\u{1f5d1}", "\u{a0}a", "a\u{a0}", "a\u{2003}b",
      "\u{301}a", "\u{feff}a",
    ] + [
      "a : [SUCCESS] ", "a : [ERROR] Error response: no such file or directory", "Path:   a",
      "Flags:  19 (IsDir)",
    ]

  /// What a careless program could make of a name, and names that begin with it or that it begins with. None
  /// is the name itself.
  static func neighbours(of name: String) -> [String] {
    let bytes = Array(name.utf8)
    var forms: [[UInt8]] = [
      bytes + Array("x".utf8), bytes + Array(" ".utf8), bytes + Array(".b".utf8), Array("x".utf8) + bytes,
      decoded(bytes), encoded(bytes), trimmed(bytes), bytes.filter { !"\"'".utf8.contains($0) },
      bytes.filter { $0 != UInt8(ascii: "\\") }, bytes.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 },
      bytes.map { $0 == 0x20 ? UInt8(ascii: "+") : $0 }, oneBlank(bytes),
      Array("\u{fc}".utf8), Array("u\u{308}".utf8),
    ]
    // Cut before and behind every odd character, and begun behind it.
    for index in bytes.indices where !isPlain(bytes[index]) {
      forms.append(Array(bytes[..<index]))
      forms.append(Array(bytes[...index]))
      forms.append(Array(bytes[(index + 1)...]))
    }
    var seen: Set<[UInt8]> = [bytes]
    return forms.filter { form in
      // A cut through a character makes a name that a disk can hold and a report can't.
      guard !form.isEmpty, form.count < 200, !form.contains(0), !form.contains(UInt8(ascii: "/")),
        ![[0x2e], [0x2e, 0x2e]].contains(form), String(validating: form, as: UTF8.self) != nil
      else { return false }
      return seen.insert(form).inserted
    }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
  }

  private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
        let low = digit(bytes[index + 2])
      {
        result.append(high << 4 | low)
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return bytes.flatMap { byte -> [UInt8] in
      isPlain(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    return Array(String(scalars).utf8)
  }

  private static func oneBlank(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes where byte != 0x20 || result.last != 0x20 { result.append(byte) }
    return result
  }
}
