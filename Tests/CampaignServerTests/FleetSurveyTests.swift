import DeletionModel
import FoundationEssentials
import TestServers
import TestSupport
import Testing

@testable import Cycle

/// Rucio and CRIC as scripted servers, with the answers that Rucio 41.5 and CRIC give.
@Suite struct FleetSurveyTests {
  private let directory: TemporaryDirectory
  private let now = Date()

  init() throws { directory = try TemporaryDirectory() }

  private static let stream = ["Content-Type: application/x-json-stream"]

  private static func rucio(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
    if request.path.hasPrefix("/auth/x509") {
      return request.fields["x-rucio-account"] == "swab"
        ? .init(200, ["X-Rucio-Auth-Token: a-token"])
        : .init(401, body: "{\"ExceptionClass\": \"CannotAuthenticate\"}")
    }
    guard request.fields["x-rucio-auth-token"] == "a-token" else {
      return .init(401, body: "{\"ExceptionClass\": \"CannotAuthenticate\"}")
    }
    switch request.path {
    case "/rses/?expression=tier%3D2%26cms_type%3Dreal":
      return .init(200, stream, body: "{\"rse\": \"T2_XX_B\"}\n{\"rse\": \"T2_XX_A\"}\n")
    case "/rses/":
      return .init(
        200, stream,
        body: "{\"rse\": \"T2_XX_A\", \"availability_delete\": true, \"city\": null}\n"
          + "{\"rse\": \"T2_XX_B\", \"availability_delete\": false}\n{\"rse\": \"T3_XX_D\", \"availability_delete\": false}\n"
      )
    default: return .init(404)
    }
  }

  private static func cric(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
    request.path.hasPrefix("/api/cms/site/query/") && request.path.contains("preset=data-processing")
      ? .init(
        200,
        body: "{\"desc\":{\"columns\":[\"phedex_name\",\"psn_name\"]},\"result\":[[\"T2_XX_A\",\"T2_XX_A\"]]}"
      )
      : .init(404)
  }

  private func file(rucio: Int, cric: Int, _ more: String = "rucio-account = swab") throws -> CycleFile {
    let text = """
      [cycle]
      state = \(directory.path)
      rucio = http://127.0.0.1:\(rucio)
      expression = tier=2&cms_type=real
      cric = http://127.0.0.1:\(cric)/
      \(more)

      """
    return try CycleFile(Array(text.utf8), name: "c")
  }

  private func update(_ file: CycleFile) async -> (fleet: Fleet, problems: [String]) {
    await FleetSurvey(file, environment: [:]).update(now: now, keeping: true)
  }

  @Test func `both are asked, and what they say is kept for when they don't answer`() async throws {
    let (rucio, cric) = (try ScriptedServer(Self.rucio), try ScriptedServer(Self.cric))
    let (fleet, problems) = await update(try file(rucio: rucio.port, cric: cric.port))
    #expect(problems == [])
    #expect(fleet.rses == ["T2_XX_A", "T2_XX_B"] && fleet.unavailable == ["T2_XX_B", "T3_XX_D"])
    #expect(fleet.sites == ["T2_XX_A": ["T2_XX_A"]])
    let dead = try Loopback.freePort()
    let (kept, complaints) = await update(try file(rucio: dead, cric: dead))
    #expect(kept == fleet && complaints.count == 2)
    #expect(Fleet.read(StateDirectory(directory.path)) == fleet)
  }

  @Test(.timeLimit(.minutes(2)))
  func `neither is waited for longer than it may take, or when everything is stopped`() async throws {
    let hole = try BlackHole()
    let file = try file(rucio: hole.port, cric: hole.port)
    let survey = FleetSurvey(file, environment: [:])
    let late = await survey.update(now: now, keeping: false, limit: 0.5)
    #expect(
      late.problems.map { $0.prefix { $0 != ";" } } == [
        "http://127.0.0.1:\(hole.port): no answer within 1 s",
        "http://127.0.0.1:\(hole.port)/: no answer within 1 s",
      ])
    let stop = StopSignal()
    stop.stop(.signal("SIGTERM"))
    #expect(await survey.update(now: now, keeping: false, stop: stop, limit: 100_000).problems.count == 2)
  }

  @Test(
    "answers that can't be used",
    arguments: [
      "{\"rse\": \"../../etc\"}\n", "", "<html>", "{\"rse\": 7}\n", "{\"name\": \"A\"}\n",
    ])
  func bad(lines: String) async throws {
    let rucio = try ScriptedServer { request in
      request.path.hasPrefix("/auth")
        ? .init(200, ["X-Rucio-Auth-Token: t"]) : .init(200, Self.stream, body: lines)
    }
    let cric = try ScriptedServer(Self.cric)
    let (fleet, problems) = await update(try file(rucio: rucio.port, cric: cric.port))
    #expect(fleet.rses == [] && problems.count == 1, "\(problems)")
  }

  @Test func `no account, no token; a token from a file; and none of it in a message`() async throws {
    let (rucio, cric) = (try ScriptedServer(Self.rucio), try ScriptedServer(Self.cric))
    let refused = await update(try file(rucio: rucio.port, cric: cric.port, ""))
    #expect(
      refused.fleet.rses == [] && refused.problems.count == 1 && refused.problems[0].contains("HTTP 401"))
    Disk.write(directory.path + "/token", "a-token\n")
    let given = await update(
      try file(rucio: rucio.port, cric: cric.port, "rucio-token = \(directory.path)/token"))
    #expect(given.problems == [] && given.fleet.rses.count == 2)
    Disk.write(directory.path + "/token", "another-secret\n")
    let wrong = await update(
      try file(rucio: rucio.port, cric: cric.port, "rucio-token = \(directory.path)/token"))
    #expect(wrong.problems.count == 1 && !wrong.problems[0].contains("another-secret"))
  }
}
