/// What a line has around its LFN in lists of another form than one LFN a line: columns, comments, the line ends of
/// DOS. Taken for names such lines are looked for in vain, and then they read as files that are gone.
package enum ListLine {
  /// Asked of each byte of each name of a list: a set of bytes would hash every one.
  private static func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|"): true
    default: false
    }
  }

  /// Whether a name may end here: some lists are of `NAME:SIZE`, but a colon is also within times and checksums.
  private static func mayEndName(_ byte: UInt8) -> Bool { isSeparator(byte) || byte == UInt8(ascii: ":") }

  /// Whether a text has a blank other than that of ASCII, or another character without a shape of its own: what stands before it
  /// reads as the whole name (Unicode's `White_Space`, C1 controls, and the marks of `Default_Ignorable_Code_Point` that no script
  /// needs).
  package static func hasInvisibleCharacter(_ text: String) -> Bool {
    text.unicodeScalars.contains(where: isInvisible)
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x80...0xA0, 0xAD, 0x1680, 0x180E, 0x2000...0x200B, 0x200E, 0x200F, 0x2028...0x202F,
      0x205F...0x2064, 0x3000, 0xFEFF:
      true
    default: false
    }
  }

  /// Why this name is taken for a line with columns, such as `LFN SIZE`; nil where it is not.
  ///
  /// A name may have a blank, a comma or an invisible character in it. It is a line with columns where `.root` stands before one or
  /// before a colon, or where all that follows the first is data: numbers, checksums, dates, names of sites, other files.
  package static func refusal(of lfn: String) -> Refusal? {
    var lfn = lfn
    let mayHaveColumns = lfn.withUTF8 { bytes in bytes.contains { mayEndName($0) || $0 >= 0x80 } }
    guard mayHaveColumns else { return nil }
    var scalars = String.UnicodeScalarView()
    for scalar in lfn.unicodeScalars { scalars.append(isInvisible(scalar) ? " " : scalar) }
    let bytes = Array(String(scalars).utf8)
    var isFirst = true
    for index in bytes.indices where mayEndName(bytes[index]) {
      let fields = bytes[(index + 1)...].split(whereSeparator: isSeparator)
      var isData = false
      if isSeparator(bytes[index]) {
        isData = isFirst && !fields.isEmpty && fields.allSatisfy(Self.isData)
        isFirst = false
      }
      guard isData || bytes[..<index].suffix(5).elementsEqual(".root".utf8) else { continue }
      let what =
        fields.isEmpty
        ? "a blank, a comma, a colon or an invisible character"
        : "\"\(text(fields.joined(separator: " ".utf8)))\""
      return Refusal(
        .columns,
        "\(MessageText.quoted(lfn)) has \(what) behind what reads as the name: a list has one LFN a line, without columns"
      )
    }
    return nil
  }

  /// A refusal in the words of the list that it most likely comes from.
  package static func explained(_ refusal: Refusal, _ lfn: String) -> Refusal {
    guard let what = reading(of: Array(lfn.utf8), refusal.rule) else { return refusal }
    // One line has no blanks around it: what is before the name is to be seen.
    let before = lfn.utf8.first == 0x20 ? " " : lfn.utf8.first == 0x09 ? "\\t" : ""
    return Refusal(refusal.rule, "\"\(before)\(MessageText.quoted(lfn).dropFirst()) \(what)")
  }

  private static func reading(of bytes: [UInt8], _ rule: Refusal.Rule) -> String? {
    switch (rule, bytes.first) {
    case (.notAbsolute, 0x20), (.notAbsolute, 0x09):
      "has a blank or a tab before it: a list has one LFN a line, and nothing else on it"
    case (.notAbsolute, UInt8(ascii: "#")): "reads as a comment: a list can't have one"
    case (.notAbsolute, UInt8(ascii: "\"")), (.notAbsolute, UInt8(ascii: "'")):
      "is in quotation marks: an LFN stands in a list as it is, or in a JSON array"
    case (.notAbsolute, _):
      contains(bytes, "://")
        ? "reads as a PFN: a list has LFNs, which begin with a slash"
        : contains(bytes, " /") || contains(bytes, ",/") || contains(bytes, "\t/")
          ? "has something before the LFN: a list has one LFN a line, without columns" : nil
    case (.controlCharacter, _):
      bytes.last == 0x0D
        ? "ends in a carriage return: convert the list's line ends, such as with dos2unix"
        : bytes.contains(0x09) ? "has a tab: a list has one LFN a line, without columns" : nil
    default: nil
    }
  }

  private static func isData(_ field: ArraySlice<UInt8>) -> Bool {
    let word = text(field)
    let isPath = field.starts(with: "/store/".utf8) || contains(Array(field), "://")
    return isPath || isNumber(field) || isChecksum(field) || isTime(field) || isSite(field)
      || ["-", "null", "NULL", "None", "true", "false"].contains(word)
  }

  /// Digits with a sign, a point, an exponent or a unit.
  private static func isNumber(_ field: ArraySlice<UInt8>) -> Bool {
    var digits = field
    if let sign = digits.first, "+-".utf8.contains(sign) { digits = digits.dropFirst() }
    guard digits.first?.isDigit == true else { return false }
    let unit = digits.drop { $0.isDigit || $0 == UInt8(ascii: ".") }
    let known = ["", "B", "k", "K", "M", "G", "T", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"]
    let exponent = unit.dropFirst().drop { "+-".utf8.contains($0) }
    let isExponent =
      unit.first.map { $0 | 0x20 } == UInt8(ascii: "e") && !exponent.isEmpty && exponent.allSatisfy(\.isDigit)
    return isExponent || known.contains(text(unit))
  }

  /// Eight or more hexadecimal digits, with or without the name of a kind of checksum before a colon.
  private static func isChecksum(_ field: ArraySlice<UInt8>) -> Bool {
    let digits = field.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).last ?? field
    return digits.count >= 8 && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
  }

  /// `2026-11-27…` or `14:09…`.
  private static func isTime(_ field: ArraySlice<UInt8>) -> Bool {
    let shape = field.prefix(10).map { $0.isDigit ? UInt8(ascii: "0") : $0 }
    return shape.starts(with: "0000-00-00".utf8) || shape.starts(with: "00:00".utf8)
  }

  /// The name of a site or an RSE: `T2_XX_Site`.
  private static func isSite(_ field: ArraySlice<UInt8>) -> Bool {
    let shape = field.prefix(6).map { byte in
      byte.isDigit ? UInt8(ascii: "0") : (0x41...0x5A).contains(byte) ? UInt8(ascii: "A") : byte
    }
    return shape.elementsEqual("A0_AA_".utf8) && field.first == UInt8(ascii: "T")
  }

  private static func contains(_ bytes: [UInt8], _ word: String) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: word.utf8) }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }
}
