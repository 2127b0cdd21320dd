import BackendPOSIX
import BackendTools
import Credentials
import DeletionModel
import FoundationEssentials
import Synchronization

/// Who was shown what in a run.
package final class CredentialUses: Sendable {
  private let store: CredentialStore
  private let uses = Mutex<[String: Set<CredentialUse>]>([:])

  /// - Parameter store: whose credentials are shown.
  package init(_ store: CredentialStore) { self.store = store }

  /// Takes a use.
  /// - Returns: whether it is the first of its kind.
  package func note(_ use: CredentialUse) -> Bool {
    uses.withLock { uses in
      // Whoever sends us on to ever new servers must not fill the memory.
      guard uses[use.endpoint, default: []].count < 10 * CredentialSummary.serverLimit else { return false }
      return uses[use.endpoint, default: []].insert(use).inserted
    }
  }

  /// What the report says of an endpoint; nil for a backend that shows nobody anything.
  package func summary(backend: String, endpoint: String) -> CredentialSummary? {
    switch backend {
    case RmBackend.name: return nil
    case XrdfsBackend.name, GfalBackend.name: return store.givenToTools
    default: break
    }
    let uses = uses.withLock { $0[endpoint] ?? [] }
    let ours = Set(uses.map(\.kind)).subtracting([.url])
    let isMacaroon = ours.contains(.token) && store.finding(of: .token)?.kind == .macaroon
    func inReport(_ kind: CredentialUse.Kind) -> CredentialSummary.Kind {
      kind == .token && isMacaroon ? .macaroon : kind.inReport
    }
    let servers = uses.map { CredentialSummary.Server(server: $0.server, kind: inReport($0.kind)) }
    guard let kind = ours.first, ours.count == 1 else {
      return CredentialSummary(kind: ours.isEmpty ? .none : .several, servers: servers)
    }
    let finding = store.finding(of: kind)
    return CredentialSummary(
      kind: inReport(kind), subject: finding?.subject, source: finding?.source,
      identifier: finding?.identifier,
      expires: finding?.expires?.formatted(.iso8601), servers: servers)
  }
}

extension CredentialUse.Kind {
  fileprivate var inReport: CredentialSummary.Kind {
    switch self {
    case .token: .token
    case .x509: .x509
    case .url: .url
    }
  }
}

extension CredentialStore {
  /// What there is to say of the credential that is shown; where it has gone meanwhile, of the one at the beginning.
  fileprivate func finding(of kind: CredentialUse.Kind) -> CredentialFinding? {
    func fits(_ finding: CredentialFinding) -> Bool { finding.kind.isBearer == (kind == .token) }
    let usable = currentFindings.filter { fits($0) && $0.hindrance(at: Date()) == nil }
    return usable.first ?? findings.first { fits($0) && ($0.state == .valid || $0.state == .worldReadable) }
  }

  /// What tools find in their environment.
  fileprivate var givenToTools: CredentialSummary {
    let usable = currentFindings.filter { $0.hindrance(at: Date()) == nil }
    let found = [usable.first { $0.kind.isBearer }, usable.first { !$0.kind.isBearer }].compactMap { $0 }
    guard let only = found.first, found.count == 1 else {
      return CredentialSummary(kind: found.isEmpty ? .none : .several)
    }
    let kind: CredentialSummary.Kind =
      switch only.kind {
      case .token: .token
      case .macaroon: .macaroon
      case .proxy, .certificate: .x509
      }
    return CredentialSummary(
      kind: kind, subject: only.subject, source: only.source, identifier: only.identifier,
      expires: only.expires?.formatted(.iso8601))
  }
}
