import CondorJob
import Testing

@testable import Campaign

@Suite struct JobAttributesTests {
  @Test("an answer without jobs", arguments: ["", " \n", "[ ]", "[\n]\n"])
  func empty(json: String) throws {
    #expect(try JobAttributes.list(json: Array(json.utf8), from: "condor_q") == [])
  }

  @Test("what is no answer", arguments: ["[", "{}", "[1]", "-- Failed to fetch ads"])
  func wrong(json: String) {
    #expect(throws: CampaignError.self) { try JobAttributes.list(json: Array(json.utf8), from: "condor_q") }
  }

  @Test("values of every kind; names are found in any case")
  func values() throws {
    let json = #"""
      [
      {"ClusterId": 6, "MemoryUsage": "\/Expr(((ResidentSetSize + 1023) / 1024))\/", "RemoteWallClockTime": 12.0,
       "ExitBySignal": false, "HoldReason": "a \"b\"", "Stats": {"a": 1}, "Nothing": null, "ServerTime": "x"}
      ,
      {}
      ]
      """#
    let ads = try JobAttributes.list(json: Array(json.utf8), from: "condor_q")
    try #require(ads.count == 2)
    #expect(ads[0].integer("clusterid") == 6)
    #expect(ads[0]["MemoryUsage"] == .expression("((ResidentSetSize + 1023) / 1024)"))
    #expect(ads[0].integer("RemoteWallClockTime") == 12)
    #expect(ads[0].boolean("ExitBySignal") == false)
    #expect(ads[0].string("HoldReason") == #"a "b""#)
    #expect(ads[0]["Stats"] == nil && ads[0]["Nothing"] == nil)
    #expect(ads[1].names.isEmpty)
  }

  @Test("a reason in another encoding is still a reason, and one with a secret shows none")
  func reasons() throws {
    func facts(_ reason: [UInt8]) throws -> JobFacts {
      let json = Array(#"[{"JobStatus":5,"HoldReason":""#.utf8) + reason + Array(#""}]"#.utf8)
      return JobFacts(.queue, try JobAttributes.list(json: json, from: "condor_q")[0])
    }
    // "Überlauf" in Latin-1.
    #expect(try facts([0xdc] + Array("berlauf".utf8)).holdReason == "\u{fffd}berlauf")
    let reason = try facts(Array("curl https://h/x?authz=SECRET&y=1 failed".utf8)).holdReason
    #expect(
      reason?.contains("https://h/x?authz=") == true && reason?.contains("SECRET") == false, "\(reason ?? "")"
    )
  }

  @Test("what an ad says of a job")
  func facts() throws {
    let text =
      #"[{"JobStatus":5,"HoldReasonCode":12,"HoldReasonSubCode":2,"HoldReason":"no\nfile","ExitBySignal":true,"ExitSignal":9,"ExitStatus":0,"LastRemoteHost":"slot1_3@wn1@lite.test","MachineAttrGLIDEIN_CMSSite0":"Unknown","NumJobStarts":2,"ChirpSwabTotal":10,"ChirpSwabDone":7,"ChirpSwabDeleted":5,"ChirpSwabFailed":1}]"#
    let facts = JobFacts(.queue, try JobAttributes.list(json: Array(text.utf8), from: "t")[0])
    #expect(
      facts.status == .held && facts.holdCode == 12 && facts.holdSubcode == 2 && facts.holdReason == "no file"
    )
    #expect(facts.exitSignal == 9 && facts.exitCode == nil)
    #expect(facts.host == "wn1@lite.test" && facts.site == nil && facts.starts == 2)
    #expect(facts.progress == JobProgress(total: 10, done: 7, deleted: 5, failed: 1))
  }
}
