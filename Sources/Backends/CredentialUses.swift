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
    case XrdfsBackend.name, GfalBackend.name: return CredentialSummary(kind: store.kindForTools)
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
  fileprivate var kindForTools: CredentialSummary.Kind {
    let usable = currentFindings.filter { $0.hindrance(at: Date()) == nil }
    let bearer = usable.first { $0.kind.isBearer }
    if usable.contains(where: { !$0.kind.isBearer }) { return bearer == nil ? .x509 : .several }
    return bearer.map { $0.kind == .macaroon ? .macaroon : .token } ?? .none
  }
}
