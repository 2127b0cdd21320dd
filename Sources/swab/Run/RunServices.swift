import Backends
import Credentials
import DeletionEngine
import DeletionModel
import Logging
import Glibc

/// What all phases of a run share.
struct RunServices {
  let retry: RetryPolicy
  let circuits: CircuitBoard
  let pacer: AdaptivePacer
  let credentials: CredentialStore
  let uses: CredentialUses
  let warnings = RunWarnings()
  let frontends = DCacheFrontends()
  let notes = RunNotes()

  init(
    _ settings: DeleteSettings, environment: [String: String], time: any TimeSource, stop: StopSignal,
    log: Logger
  ) {
    retry = RetryPolicy(retries: settings.retries, pause: .seconds(settings.retryPause))
    circuits = CircuitBoard(
      CircuitPolicy(for: retry, attemptLimit: .seconds(settings.timeout)), time: time, log: log)
    pacer = AdaptivePacer(
      cap: settings.concurrency, maxRate: settings.maxRate, time: time, stop: stop, circuits: circuits)
    credentials = CredentialStore(environment: environment, euid: geteuid(), time: time)
    uses = CredentialUses(credentials)
  }
}
