import TestServers
import TestSupport
import Testing

@testable import CondorJob

@Suite("Chirp") struct ChirpTests {
  @Test(
    "the starter's line",
    arguments: [
      ("127.0.0.1 4711 abc\n", true), ("host.site.test 9618 c00kie", true), ("", false), ("host 4711", false),
      ("host port cookie", false), ("host 0 cookie", false), ("host 70000 cookie", false), ("a 1 b c", false),
    ])
  func configuration(text: String, isGood: Bool) {
    #expect((ChirpConfiguration(Array(text.utf8)) != nil) == isGood)
  }

  @Test(
    "the starter's answers",
    arguments: [
      ("0", true), ("0\r", true), ("12", true), ("-1", false), ("-8", false), ("", false), ("ok", false),
    ])
  func answer(text: String, isGood: Bool) { #expect(ChirpCommand.isGood(Array(text.utf8)) == isGood) }

  @Test func `no starter, no endpoint`() {
    #expect(ChirpClient(environment: [:]) == nil)
    #expect(ChirpClient(environment: ["_CONDOR_CHIRP_CONFIG": "/nowhere/.chirp.config"]) == nil)
  }

  @Test func `names itself, then sets each attribute`() throws {
    let starter = try ChirpStarter(["0", "0", "0"])
    let endpoint = try #require(ChirpClient(environment: starter.environment))
    try endpoint.set([("ChirpSwabDone", 7), ("ChirpSwabTotal", 9)])
    #expect(
      starter.lines == [
        "cookie secret", "set_job_attr_delayed ChirpSwabDone 7", "set_job_attr_delayed ChirpSwabTotal 9",
      ])
  }

  @Test(
    "a starter that does not take it is an error without the cookie",
    arguments: [["-1"], ["0", "-8"], ["0"], [], [String(repeating: "0", count: 1000)]])
  func refused(answers: [String]) throws {
    let starter = try ChirpStarter(answers)
    let endpoint = try #require(ChirpClient(environment: starter.environment))
    let error = #expect(throws: ChirpError.self) { try endpoint.set([("ChirpSwabDone", 7)]) }
    #expect(error?.description.contains("secret") == false)
    #expect(starter.lines.count <= answers.count + 1)
  }
}
