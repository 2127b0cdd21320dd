import SiteConf

/// One stage-out entry that deletion can use: how it maps an LFN, and which backend takes its PFNs.
package struct DeletionRoute: Sendable {
  /// What the report says of the entry.
  package struct Description: Sendable, Hashable {
    /// The RSE name (`phedex-node`), where the site gives one.
    package var rse: String?
    /// The site whose storage it is.
    package var storageSite: String?
    /// The volume in that site's storage.json.
    package var volume: String?
    /// The protocol of the catalog.
    package var protocolName: String?
    /// The stage-out command.
    package var command: String

    package init(
      rse: String?, storageSite: String?, volume: String?, protocolName: String?, command: String
    ) {
      self.rse = rse
      self.storageSite = storageSite
      self.volume = volume
      self.protocolName = protocolName
      self.command = command
    }
  }

  /// What the report says of the entry.
  package let description: Description
  /// LFN to PFN.
  package let map: @Sendable (String) -> MappingResult
  /// The backend for a PFN, or the reason why there is none.
  package let backend: @Sendable (PFN) -> Result<any Backend, Refusal>
  /// Where this entry has what is protected.
  package let protectedPFNs: ProtectedPFNs

  /// Makes a route; the protected LFNs are mapped here, once.
  package init(
    description: Description, protectedLFNs: [String],
    map: @escaping @Sendable (String) -> MappingResult,
    backend: @escaping @Sendable (PFN) -> Result<any Backend, Refusal>
  ) {
    self.description = description
    self.map = map
    self.backend = backend
    self.protectedPFNs = ProtectedPFNs(protectedLFNs, map: map)
  }
}
