import Credentials
import DeletionModel
import JobReports
import FoundationEssentials
import Synchronization
import Glibc

/// Warnings that come up during a run, from any task; each is kept once.
final class RunWarnings: Sendable {
  private let texts = Mutex<[String]>([])

  /// Adds one.
  func add(_ text: String) {
    texts.withLock { if !$0.contains(text) { $0.append(text) } }
  }

  /// All of them, in the order in which they came.
  var all: [String] { texts.withLock { $0 } }
}

/// What a run has to say of storage that failed, or that may be the wrong one.
enum StorageWarnings {
  /// One line each.
  static func texts(_ totals: RunTotals) -> [String] {
    totals.storage.flatMap { endpoint -> [String] in
      var texts: [String] = []
      if endpoint.isOpen {
        let left = endpoint.counts[.notAttempted]
        texts.append(
          "\(endpoint.endpoint) failed too often, and no more requests were sent to it"
            + (left > 0 ? ": \(left) files were not attempted there" : ""))
      }
      if endpoint.isSuspect {
        texts.append(
          "\(endpoint.endpoint): \(endpoint.counts[.absent]) of \(endpoint.counts.gone + endpoint.counts[.failed]) files were not there; where they were expected, look at the prefix in the site's catalog"
        )
      }
      if endpoint.ageUnknown > 0 {
        texts.append(
          "\(endpoint.endpoint): \(endpoint.backend) was not told when files were written, and has deleted them whatever --not-newer-than says; summary.ageUnknown counts them"
        )
      }
      return texts
    }
  }

  /// That a storage has refused who was never named to it, and where a credential would have been found; nil where that
  /// is not so.
  static func noCredential(_ totals: RunTotals, environment: [String: String]) -> String? {
    guard totals.failures(of: ErrorClass.auth.rawValue) != nil,
      totals.storage.contains(where: { $0.counts[.failed] > 0 && !$0.endpoint.hasPrefix("file:") })
    else { return nil }
    let found = CredentialInspection.inspect(
      environment: environment, euid: geteuid(), read: CredentialFile.read, now: Date())
    guard found.isEmpty else { return nil }
    let search = CredentialSearch(environment: environment, euid: geteuid())
    return "no credential was found: \(search.text); \(CredentialSearch.remedy)"
  }
}
