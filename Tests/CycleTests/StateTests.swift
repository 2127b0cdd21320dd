import ByteStreams
import Campaign
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Cycle

@Suite("State and lease of an RSE") struct StateTests {
  private let scratch: TemporaryDirectory
  private let directory: RSEDirectory

  init() throws {
    scratch = try TemporaryDirectory()
    directory = StateDirectory(scratch.path).rse("T2_XX_Test")
    try directory.make()
  }

  private func event(_ name: String) -> RSEState.Event {
    .init(sequence: 0, time: "2026-11-28T00:00:00Z", event: name, phase: .idle, reason: .new)
  }

  private func saved(_ names: [String]) throws {
    var state = RSEState(rse: "T2_XX_Test", site: nil, now: "2026-11-28T00:00:00Z")
    for name in names { try RSEHistory.save(&state, event(name), to: directory) }
  }

  @Test func `a line of the history for each event`() throws {
    try saved(["a", "b"])
    #expect(RSEHistory.events(directory).map(\.event) == ["a", "b"])
    #expect(RSEHistory.events(directory).map(\.sequence) == [1, 2])
    #expect(try RSEHistory.load(directory)?.sequence == 2)
  }

  @Test(
    "a kill while the line is written neither loses nor doubles it",
    arguments: [0, 1, 40, -1])
  func torn(bytes: Int) throws {
    try saved(["a", "b"])
    let text = Disk.bytes(directory.history)
    let first = try #require(text.firstIndex(of: 0x0A)) + 1
    // What a kill leaves of the second line: nothing, its beginning, or all but its end.
    Disk.write(directory.history, bytes: Array(text[..<(bytes < 0 ? text.count - 1 : first + bytes)]))
    for _ in 0..<2 {
      _ = try RSEHistory.load(directory)
      #expect(RSEHistory.events(directory).map(\.event) == ["a", "b"])
    }
    #expect(Disk.bytes(directory.history) == text)
  }

  @Test func `a damaged state is an error, and stays`() throws {
    Disk.write(directory.state, "{\"schema\": \"swab.cycle-rse/9\"}")
    #expect(throws: CampaignError.self) { try RSEHistory.load(directory) }
  }

  @Test func `one lease at a time, given back, and over after its time`() throws {
    let now = Date()
    let first = RSELease(now: now, seconds: 100)
    #expect(try first.take(directory, now: now) == .taken)
    #expect(first.isHeld(directory, now: now))
    let second = RSELease(now: now.addingTimeInterval(1), seconds: 100)
    #expect(try second.take(directory, now: now) == .others(first))
    #expect(!second.isHeld(directory, now: now))
    #expect(!first.isHeld(directory, now: now.addingTimeInterval(101)))
    #expect(try second.take(directory, now: now.addingTimeInterval(101)) == .taken)
    // The first one doesn't take away what is not its own any more.
    first.giveBack(directory)
    #expect(second.isHeld(directory, now: now.addingTimeInterval(50)))
    second.giveBack(directory)
    #expect(Disk.names(directory.path).filter { $0.contains("lease") }.isEmpty)
  }

  @Test func `the lease of a process that is no more, or of another start of the machine, is over`()
    async throws
  {
    let now = Date()
    var dead = RSELease(now: now, seconds: 1000)
    // The number of a process that has ended; it comes again only after all others.
    dead.pid = 4_194_303
    #expect(dead.isOver(now: now))
    // Somebody else has its number.
    var replaced = RSELease(now: now, seconds: 1000)
    #expect(replaced.processStart != nil && !replaced.isOver(now: now))
    replaced.processStart = "1"
    #expect(replaced.isOver(now: now))
    replaced.processStart = nil
    #expect(!replaced.isOver(now: now))
    var rebooted = RSELease(now: now, seconds: 1000)
    rebooted.boot = "another"
    #expect(rebooted.isOver(now: now))
    var elsewhere = dead
    elsewhere.host = "other.test"
    #expect(!elsewhere.isOver(now: now))
    #expect(try dead.take(directory, now: now) == .taken)
    #expect(try RSELease(now: now, seconds: 10).take(directory, now: now) == .taken)
  }

  @Test func `the lease of a process that nobody has waited for is over`() async throws {
    let now = Date()
    // The shell becomes a program that knows nothing of the shell's child.
    let parent = try ChildProcess(
      "/bin/sh", ["-c", "sleep 1000 & echo $! >\"$0\"; exec sleep 1000", scratch.path + "/pid"],
      directory: scratch.path)
    defer { parent.stop() }
    try await Waiting.wait(until: "the child is there") { Disk.read(scratch.path + "/pid").hasSuffix("\n") }
    let pid = try #require(Int32(Disk.read(scratch.path + "/pid").dropLast()))
    var lease = RSELease(now: now, seconds: 1000)
    lease.pid = pid
    lease.processStart = ThisHost.process(pid)?.start
    #expect(lease.processStart != nil && !lease.isOver(now: now))
    kill(pid, SIGKILL)
    try await Waiting.wait(until: "it is over") { ThisHost.process(pid)?.hasEnded != false }
    #expect(ThisHost.process(pid)?.hasEnded == true && lease.isOver(now: now))
  }

  @Test func `of many that try at once one gets it`() async throws {
    let now = Date()
    var old = RSELease(now: now.addingTimeInterval(-1000), seconds: 10)
    old.host = "other.test"
    #expect(try old.take(directory, now: now.addingTimeInterval(-1000)) == .taken)
    let directory = directory
    let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<16 {
        group.addTask {
          let lease = RSELease(
            now: now.addingTimeInterval(Double(number) / 1000), seconds: 100 + Double(number))
          _ = try lease.take(directory, now: now)
          return lease.isHeld(directory, now: now)
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(taken == 1)
  }

  @Test(
    "a campaign is named by its scan",
    arguments: [
      ("2026_11_20_00_00", "T2_XX_Test-2026_11_20_00_00"), ("a/../b", "T2_XX_Test-a-..-b"),
      ("2026-11-20T00:00:00Z", "T2_XX_Test-2026-11-20T00-00-00Z"),
    ])
  func campaignID(run: String, id: String) { #expect(directory.campaignID(run: run) == id) }
}
