import SiteConf
import Synchronization

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
  /// The backend for a PFN, or the reason why there is none. Only the PFN's scheme, host and port matter.
  package let backend: @Sendable (PFN) -> Result<any Backend, Refusal>
  /// The last PFN and its backend: nearly all of a list are at one endpoint. Asked anew for each file, both together took
  /// 6,000 of 41,000 instructions of `rm`.
  private let last = Last()
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

  /// One object, so that it is handed on with one count.
  private final class Choice: Sendable {
    let pfn: PFN
    let backend: Result<any Backend, Refusal>

    init(_ pfn: PFN, _ backend: Result<any Backend, Refusal>) {
      self.pfn = pfn
      self.backend = backend
    }
  }

  private final class Last: Sendable {
    let choice = Mutex<Choice?>(nil)
  }

  /// Takes apart what the catalog gave; nil where it is no PFN.
  package func target(_ text: String) -> (pfn: PFN, backend: Result<any Backend, Refusal>)? {
    let known = last.choice.withLock { $0 }
    guard let pfn = PFN(text, like: known?.pfn) else { return nil }
    if let known, pfn.isAtEndpoint(of: known.pfn) { return (pfn, known.backend) }
    let choice = Choice(pfn, backend(pfn))
    last.choice.withLock { $0 = choice }
    return (pfn, choice.backend)
  }
}
