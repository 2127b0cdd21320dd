import DeletionModel
import JobReports

/// What jobs say of a storage endpoint beside their files: whether it bore the work, and what it was shown.
package struct EndpointNotes: Sendable {
  /// Jobs that used it.
  package var jobs = 0
  /// Those that stopped using it, because it had failed too often.
  package var givenUp = 0
  /// Requests that were answered, of backends that count them.
  package var requests = 0
  /// Those that it refused because of overload.
  package var refused = 0
  /// Which credential it was shown; nil where no job says.
  package var credential: CredentialSummary?

  /// Adds what a job's report says.
  mutating func add(_ storage: JobReport.Storage) {
    jobs += 1
    if storage.circuit == "open" { givenUp += 1 }
    requests += storage.pace?.requests ?? 0
    refused += storage.pace?.refused ?? 0
    if let shown = storage.credential { credential = credential?.adding(shown) ?? shown }
  }
}
