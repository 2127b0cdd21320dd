import FoundationEssentials

/// What tells a campaign's jobs from those of all others in a queue.
enum CampaignID {
  /// The name with a dash for every byte but letters, digits, `_`, `.` and `-`, from its first letter or digit on; the
  /// second it was planned in; and a random number.
  static func make(name: String, created: Date) -> String {
    let stem = name.utf8.drop { !PlainName.isAlphanumeric($0) }.prefix(60).map {
      PlainName.isAllowed($0) ? $0 : UInt8(ascii: "-")
    }
    let time = created.formatted(.iso8601).filter { $0 != "-" as Character && $0 != ":" as Character }
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return "\(stem.isEmpty ? "campaign" : String(decoding: stem, as: UTF8.self))-\(time)-"
      + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
