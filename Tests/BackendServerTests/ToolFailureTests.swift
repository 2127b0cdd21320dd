import DeletionModel
import TestServers
import TestSupport
import Testing
@testable import Backends
@testable import BackendTools

/// The real tools before servers that misbehave.
@Suite(.serialized) struct ToolFailureTests {
  func xrdfs(_ tool: String = "xrdfs", _ further: [String: String] = [:]) -> XrdfsBackend {
    XrdfsBackend(runner: testRunner(), environment: testEnvironment(further), time: testTime, tool: tool)
  }

  func gfal(_ tool: String = "gfal-rm", _ further: [String: String] = [:]) -> GfalBackend {
    GfalBackend(runner: testRunner(), environment: testEnvironment(further), time: testTime, tool: tool)
  }

  static let schemes = ["xrdfs root", "gfal root", "gfal http"]

  func backend(_ name: String) -> any Backend { name.hasPrefix("xrdfs") ? xrdfs() : gfal() }

  func prefix(_ name: String, port: Int) -> String {
    name.hasSuffix("root") ? "root://127.0.0.1:\(port)/" : "http://127.0.0.1:\(port)"
  }

  @Test(arguments: schemes) func `a refused connection is unavailable, nothing was sent`(
    _ name: String
  ) async throws {
    let prefix = prefix(name, port: try Loopback.freePort())
    let targets = try (0..<20).map { try target(prefix, "/store/unmerged/f\($0)") }
    let start = ContinuousClock.now
    let answers = await backend(name).delete(batch: targets, deadline: .seconds(900))
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(answers[0].error?.isUnavailable == true)
    for answer in answers {
      #expect(answer.word == "transient", "\(answer)")
      #expect(answer.error?.isUnavailable != answer.error?.isUntried, "\(answer)")
      #expect(answer.error?.isAmbiguous == false)
    }
  }

  @Test(arguments: schemes) func `a black hole is left in time`(_ name: String) async throws {
    let hole = try BlackHole()
    let prefix = prefix(name, port: hole.port)
    let targets = try (0..<20).map { try target(prefix, "/store/unmerged/f\($0)") }
    let start = ContinuousClock.now
    let answers = await backend(name).delete(batch: targets, deadline: .seconds(10))
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(answers.allSatisfy { $0.word == "transient" }, "\(answers[0])")
    #expect(answers[0].error?.isUnavailable == true)
    // Both tools look first. Over HTTP gfal-rm does not say which of the two got no answer.
    #expect(answers[0].error?.isAmbiguous == (name == "gfal http"))
    #expect(answers[19].error?.isAmbiguous == false)
  }

  @Test func `a server that stops half-way leaves no false answer`() async throws {
    for name in ["xrdfs", "gfal"] {
      let server = try StorageServer.xrootd()
      let storage = TestStorage(
        name: name, backend: name == "xrdfs" ? xrdfs() : gfal(), prefix: server.prefix("root"),
        data: server.data, user: server.user, holder: server)
      let lfns = (0..<100).map { "/store/unmerged/crash/f\($0)" }
      for lfn in lfns { storage.make(lfn) }
      let targets = try lfns.map(storage.target)
      async let running = storage.backend.delete(batch: targets, deadline: .seconds(60))
      try await Waiting.wait(until: "one is gone") { !Disk.exists(storage.data + lfns[0]) }
      server.stop()
      storage.expectNoFalseAnswer(await running, for: lfns)
    }
  }

  @Test func `cancellation in flight ends soon`() async throws {
    for name in Self.schemes {
      let hole = try BlackHole()
      let backend = backend(name)
      let target = try target(prefix(name, port: hole.port), "/store/unmerged/f")
      let task = Task { await backend.delete(target, deadline: .none) }
      try await hole.waitForConnection()
      // Without an end to its time a tool waits for five minutes.
      let start = ContinuousClock.now
      task.cancel()
      let answer = await task.value
      #expect(ContinuousClock.now - start < .seconds(200))
      #expect(answer.word == "transient")
    }
  }
}
