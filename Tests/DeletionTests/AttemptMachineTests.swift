import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite("Attempts") struct AttemptMachineTests {
  static func error(_ errorClass: ErrorClass, ambiguous: Bool = false, retryAfter: Duration? = nil)
    -> Answer.Kind
  {
    .failed(
      DeletionError(errorClass, code: "X", message: "m", isAmbiguous: ambiguous, retryAfter: retryAfter))
  }

  static let policy = RetryPolicy(
    retries: 2, pause: .seconds(4), longestPause: .seconds(20), overloadPause: .seconds(10),
    overloadLimit: .seconds(60))

  /// Feeds answers with a jitter of one half, which leaves pauses as they are.
  func run(_ answers: [Answer.Kind]) -> (AttemptMachine, [AttemptMachine.Step]) {
    var machine = AttemptMachine()
    let steps = answers.map { machine.receive($0, policy: Self.policy, jitter: 0.5) }
    return (machine, steps)
  }

  @Test("a clear answer settles at once")
  func settles() {
    #expect(run([.deleted]).1 == [.complete(.deleted)])
    #expect(run([.absent]).1 == [.complete(.absent)])
  }

  @Test(
    "what can't go better is not tried again", arguments: [ErrorClass.permanent, .auth, .fatal])
  func notRetried(errorClass: ErrorClass) {
    let (machine, steps) = run([Self.error(errorClass)])
    #expect(machine.attempts == 1)
    guard case .complete(.failed(let failure)) = steps[0] else { Issue.record("\(steps)"); return }
    #expect(failure.errorClass == errorClass)
  }

  @Test("what may pass is tried again with doubled pauses, then given up")
  func retried() {
    let (machine, steps) = run([Self.error(.transient), Self.error(.unknown), Self.error(.transient)])
    #expect(steps[0] == .again(after: .seconds(4)))
    #expect(steps[1] == .again(after: .seconds(8)))
    guard case .complete(.failed) = steps[2] else { Issue.record("\(steps)"); return }
    #expect(machine.attempts == 3)
  }

  @Test("no such file after an unclear answer means deleted; after a clear one, absent")
  func confirmedByAbsence() {
    #expect(
      run([Self.error(.transient, ambiguous: true), .absent]).1.last == .complete(.deletedConfirmedByAbsence))
    #expect(
      run([Self.error(.transient, ambiguous: true), Self.error(.transient), .absent]).1.last
        == .complete(.deletedConfirmedByAbsence))
    #expect(run([Self.error(.transient), .absent]).1.last == .complete(.absent))
  }

  @Test("overload is waited out, does not count, and ends")
  func overload() {
    let (machine, steps) = run([
      Self.error(.overload), Self.error(.overload, retryAfter: .seconds(30)), .deleted,
    ])
    #expect(steps == [.again(after: .seconds(10)), .again(after: .seconds(30)), .complete(.deleted)])
    #expect(machine.attempts == 1)
    let (_, endless) = run(Array(repeating: Self.error(.overload), count: 7))
    guard case .complete(.failed) = endless[6] else { Issue.record("\(endless)"); return }
  }

  @Test("pauses are spread and bounded")
  func pauses() {
    #expect(Self.policy.pause(after: 1, jitter: 0) == .seconds(2))
    #expect(Self.policy.pause(after: 1, jitter: 1) == .seconds(6))
    #expect(Self.policy.pause(after: 30, jitter: 0.5) == .seconds(20))
  }
}
