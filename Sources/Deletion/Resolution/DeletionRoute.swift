import SiteConf

/// One stage-out entry that deletion can use: how it maps an LFN, and which backend takes its PFNs.
public struct DeletionRoute: Sendable {
  /// What the report says of the entry.
  public struct Description: Sendable, Hashable {
    /// The RSE name (`phedex-node`), where the site gives one.
    public var rse: String?
    /// The site whose storage it is.
    public var storageSite: String?
    /// The volume in that site's storage.json.
    public var volume: String?
    /// The protocol of the catalog.
    public var protocolName: String?
    /// The stage-out command.
    public var command: String

    /// Makes a description.
    public init(
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
  public let description: Description
  /// LFN to PFN.
  public let map: @Sendable (String) -> MappingResult
  /// The backend for a PFN, or the reason why there is none.
  public let backend: @Sendable (PFN) -> Result<any Backend, Refusal>
  /// The storage paths that this entry gives for the protected LFNs.
  let protectedPaths: PathTree

  /// Makes a route; the protected LFNs are mapped here, once.
  public init(
    description: Description, protectedLFNs: [String],
    map: @escaping @Sendable (String) -> MappingResult,
    backend: @escaping @Sendable (PFN) -> Result<any Backend, Refusal>
  ) {
    self.description = description
    self.map = map
    self.backend = backend
    var paths = PathTree()
    for lfn in protectedLFNs {
      if case .pfn(let text) = map(lfn), let pfn = PFN(text) { paths.insert(pfn.storagePath) }
    }
    self.protectedPaths = paths
  }
}
