/// Names that mean nothing to the submit language, to ClassAds, to URLs and to file systems: those of sites and RSEs, and
/// the id of a campaign.
package enum PlainName {
  /// Letters, digits, `_`, `.` and `-`, a letter or digit first.
  package static func isOne(_ text: String) -> Bool {
    text.utf8.first.map(isAlphanumeric) == true && text.utf8.allSatisfy(isAllowed)
  }

  package static func isAllowed(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "_.-".utf8.contains(byte) }

  package static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
