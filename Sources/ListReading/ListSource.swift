import ByteStreams

/// Where a list comes from.
package enum ListSource: Sendable, Equatable {
  /// A file.
  case file(String)
  /// Standard input.
  case standardInput
  /// Names on the command line.
  case arguments([String])

  /// What `--from` names: `-` is standard input.
  package init(option: String) { self = option == "-" ? .standardInput : .file(option) }

  /// Its name in the report and in messages.
  package var name: String {
    switch self {
    case .file(let path): path
    case .standardInput: "standard input"
    case .arguments: "command line"
    }
  }
}

/// The forms that a list can have.
package enum ListForm: Sendable, Equatable {
  /// One LFN a line.
  case lines
  /// A JSON array of strings.
  case array
  /// JSON objects with the key `lfn`, one after the other.
  case objects

  /// How much of a list is looked at to tell its form, in bytes.
  package static let headSize = 8192

  /// Tells the form by the first byte that is not white space.
  package init(head: ArraySlice<UInt8>) {
    switch head.first(where: { !TextCursor.isBlank($0) }) {
    case UInt8(ascii: "["): self = .array
    case UInt8(ascii: "{"): self = .objects
    default: self = .lines
    }
  }

  /// Whether this is no text: more than a tenth of it is control characters or not UTF-8. A few of them in a
  /// list are left to the safety rules, which refuse just the names they are in.
  package static func isBinary(_ head: ArraySlice<UInt8>) -> Bool {
    var strange = 0
    for byte in head where (byte < 0x20 && !TextCursor.isBlank(byte)) || byte == 0x7f { strange += 1 }
    // Every invalid sequence becomes one U+FFFD, of which a list in UTF-8 has none.
    for scalar in String(decoding: head, as: UTF8.self).unicodeScalars where scalar == "\u{FFFD}" {
      strange += 1
    }
    return strange >= 8 && strange * 10 > head.count
  }
}
