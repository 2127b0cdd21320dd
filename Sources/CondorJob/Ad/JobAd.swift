/// A ClassAd in its text form, as HTCondor puts it beside a job: one `Name = value` a line.
///
/// Only plain values are understood; an expression is kept as its text.
public struct JobAd: Sendable, Equatable {
  /// The value of an attribute.
  public enum Value: Sendable, Equatable {
    /// A text.
    case string(String)
    /// A whole number.
    case integer(Int)
    /// Any other finite number.
    case real(Double)
    /// True or false.
    case boolean(Bool)
    /// The literal `undefined`.
    case undefined
    /// Anything else, as it stands.
    case expression(String)
  }

  private var values: [String: Value] = [:]

  /// Reads an ad. Lines that are no attribute are skipped; of an attribute that comes twice the last counts,
  /// as in HTCondor itself.
  public init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: 0x0A) {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = Self.trimmed(line[..<equals])
      guard !name.isEmpty, name.allSatisfy(Self.isNameByte) else { continue }
      let text = Self.trimmed(line[line.index(after: equals)...])
      values[String(decoding: name, as: UTF8.self).lowercased()] = ClassAdLiteral.value(of: text)
    }
  }

  /// The value of an attribute, whatever case its name is written in; nil if it is not there.
  public subscript(name: String) -> Value? { values[name.lowercased()] }

  /// The attribute's text, if it is one.
  public func string(_ name: String) -> String? {
    if case .string(let text) = self[name] { text } else { nil }
  }

  /// The attribute's value, if it is a whole number.
  public func integer(_ name: String) -> Int? {
    if case .integer(let number) = self[name] { number } else { nil }
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return text[first...last]
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }
}
