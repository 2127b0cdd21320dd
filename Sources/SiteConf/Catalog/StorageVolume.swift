/// One entry of a storage.json: a volume of a site, with the protocols it is reached by.
public struct StorageVolume: Sendable {
  /// The site that the storage belongs to.
  public let site: String
  /// The volume's name.
  public let name: String
  /// The Rucio storage element; nil where the entry has none, as federations do.
  public let rse: String?
  /// Where the entry stands.
  public let line: Int
  /// What the entry says each protocol may be used for, one value each time the protocol is listed, with nil
  /// where it says nothing. A protocol that is not listed is missing.
  public let access: [String: [String?]]
  let rules: RuleSet

  /// Why a protocol can't be used to delete: what its `access` says where that is read-only (`site-ro`,
  /// `global-ro`) or `virtual` (only there for other protocols to chain to). Nil where it can be.
  ///
  /// Of a protocol that is listed twice, one such listing is enough: its rules are one list, and nothing
  /// says which of them a file will fall to.
  public func accessThatForbidsDeletion(by protocolName: String) -> String? {
    for case let access? in self.access[protocolName] ?? []
    where access.hasSuffix("-ro") || access == "virtual" {
      return access
    }
    return nil
  }
}
