import ByteStreams
import DeletionModel
import Glibc

/// Reads an entry of `files` as our own reports write it (``FileEntryText``): without blanks, escapes and an error, its
/// members in any order. Whatever else is there is left to `JSONDecoder`, which also says what is wrong with it.
///
/// `collect` reads ten million entries. With the general reader and `JSONDecoder` one took 89,000 instructions.
struct FileEntryScan {
  private enum Member: Int, CaseIterable {
    case lfn, pfn, rse, backend, outcome, attempts, seconds, bytes, confirmedBy

    var name: StaticString {
      switch self {
      case .lfn: "lfn"
      case .pfn: "pfn"
      case .rse: "rse"
      case .backend: "backend"
      case .outcome: "outcome"
      case .attempts: "attempts"
      case .seconds: "seconds"
      case .bytes: "bytes"
      case .confirmedBy: "confirmedBy"
      }
    }
  }

  private let text: UnsafeBufferPointer<UInt8>
  private var position: Int

  /// The entry that begins at a place, and where it ends; nil where it is to be read in the general way.
  static func entry(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> (file: JobReport.File, end: Int)?
  {
    var scan = FileEntryScan(text: text, position: start)
    guard let file = scan.entry() else { return nil }
    return (file, scan.position)
  }

  private mutating func entry() -> JobReport.File? {
    var file = JobReport.File(lfn: "", outcome: .failed, attempts: 0, seconds: 0)
    // A bit for each member that has been there.
    var seen = 0
    guard take(UInt8(ascii: "{")) else { return nil }
    repeat {
      guard let member = key(), take(UInt8(ascii: ":")), seen & 1 << member.rawValue == 0,
        read(member, into: &file)
      else { return nil }
      seen |= 1 << member.rawValue
    } while take(UInt8(ascii: ","))
    let needed: [Member] = [.lfn, .outcome, .attempts, .seconds]
    guard take(UInt8(ascii: "}")), needed.allSatisfy({ seen & 1 << $0.rawValue != 0 }) else { return nil }
    return file
  }

  private mutating func read(_ member: Member, into file: inout JobReport.File) -> Bool {
    switch member {
    case .lfn: return set(&file.lfn, string())
    case .pfn: return setOptional(&file.pfn)
    case .rse: return setOptional(&file.rse)
    case .backend: return setOptional(&file.backend)
    case .confirmedBy: return setOptional(&file.confirmedBy)
    case .outcome: return set(&file.outcome, string().flatMap(Outcome.init(rawValue:)))
    case .attempts:
      return set(&file.attempts, integer().flatMap { JobReport.countRange.contains($0) ? $0 : nil })
    case .bytes:
      file.bytes = integer()
      return file.bytes != nil
    case .seconds: return set(&file.seconds, seconds())
    }
  }

  private func set<Value>(_ member: inout Value, _ value: Value?) -> Bool {
    guard let value else { return false }
    member = value
    return true
  }

  private mutating func setOptional(_ member: inout String?) -> Bool {
    if next == UInt8(ascii: "n") {
      member = nil
      return "null".utf8.allSatisfy { take($0) }
    }
    member = string()
    return member != nil
  }

  // MARK: Tokens

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// What is between two quotes and has no escape in it.
  private mutating func quoted() -> UnsafeBufferPointer<UInt8>? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let start = position
    let end = JSONEscape.firstSpecial(in: text, from: start)
    guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
    position = end + 1
    return UnsafeBufferPointer(rebasing: text[start..<end])
  }

  private mutating func key() -> Member? {
    guard let key = quoted(), let start = key.baseAddress else { return nil }
    return Member.allCases.first { member in
      let name = member.name
      return name.utf8CodeUnitCount == key.count && memcmp(name.utf8Start, start, key.count) == 0
    }
  }

  private mutating func string() -> String? {
    guard let name = quoted().map(DecodedText.init) else { return nil }
    return name.isValidUTF8 ? name.text : nil
  }

  /// At most fifteen digits, which every `Double` has as well.
  private mutating func digits() -> (value: Int, count: Int)? {
    let start = position
    var value = 0
    while let byte = next, (0x30...0x39).contains(byte), position - start < 15 {
      value = value * 10 + Int(byte - 0x30)
      position += 1
    }
    return position > start ? (value, position - start) : nil
  }

  private mutating func integer() -> Int? {
    let isZero = next == UInt8(ascii: "0")
    guard let digits = digits(), !isZero || digits.count == 1 else { return nil }
    return digits.value
  }

  /// Whole seconds, and up to six digits behind the point. The quotient is the `Double` that is nearest to it.
  private mutating func seconds() -> Double? {
    guard let whole = integer() else { return nil }
    guard take(UInt8(ascii: ".")) else { return Double(whole) }
    guard let fraction = digits(), fraction.count <= 6, whole < 1_000_000_000 else { return nil }
    var scale = 1
    for _ in 0..<fraction.count { scale *= 10 }
    return Double(whole * scale + fraction.value) / Double(scale)
  }
}
