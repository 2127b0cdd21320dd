import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct PayloadFilesTests {
  /// A clone with a static payload and a wrapper, and a campaign without them.
  struct Clone {
    let temporary: TemporaryDirectory
    var directory: CampaignDirectory { CampaignDirectory("\(temporary.path)/campaign") }
    var program: String { "\(temporary.path)/clone/.build/debug/swab-submit" }

    init(payload: [UInt8] = Campaigns.elf, wrapper: String = "#!/bin/sh\n") throws {
      temporary = try TemporaryDirectory()
      try write(".build/static/swab", payload)
      try write("Wrapper/swab-job.sh", Array(wrapper.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
      let path = "\(temporary.path)/clone/\(name)"
      let parent = path.split(separator: "/").dropLast().joined(separator: "/")
      try FileManager.default.createDirectory(atPath: "/\(parent)", withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    func find(payload: String? = nil) throws -> PayloadFiles.Found {
      try PayloadFiles.find(payload: payload, wrapper: nil, directory: directory, program: program)
    }
  }

  @Test("both are found in the clone around the program, copied once, and then taken from the campaign")
  func found() throws {
    let clone = try Clone()
    let found = try clone.find()
    #expect(found.executable == "\(clone.temporary.path)/clone/.build/static/swab")
    #expect(found.wrapper == "\(clone.temporary.path)/clone/Wrapper/swab-job.sh")
    #expect(found.warnings.isEmpty)
    try PayloadFiles.copy(found, to: clone.directory)
    let again = try clone.find()
    #expect(again.executable == "\(clone.directory.payload)/swab")
    #expect(FileManager.default.isExecutableFile(atPath: again.wrapper))
  }

  @Test("a payload on the nodes is not looked for here")
  func onNode() throws {
    let found = try Clone().find(payload: "/cvmfs/cms/swab")
    #expect(found.executable == nil)
    #expect(found.onNode == "/cvmfs/cms/swab")
  }

  @Test(
    "a payload that the nodes fetch has to come under its name, and over TLS",
    arguments: [
      ("https://x.test/y/swab", true), ("http://x.test/y/swab", false), ("https://x.test/y/swab-1.2", false),
      ("https://x.test/swab?token=hunter2", false), ("https://u:p@x.test/swab", false),
      ("https://x.test/a,b/swab", false), ("https://x.test/$(a)/swab", false),
    ])
  func fetched(_ row: (String, Bool)) throws {
    if row.1 {
      #expect(try Clone().find(payload: row.0).onNode == row.0)
    } else {
      let error = #expect(throws: CampaignError.self) { try Clone().find(payload: row.0) }
      #expect(error?.description.contains("hunter2") == false)
    }
  }

  @Test("what can't run on a node is refused, what may not is a warning")
  func odd() throws {
    #expect(throws: CampaignError.self) { try Clone(payload: []).find() }
    #expect(throws: CampaignError.self) { try Clone(payload: Array("#!/bin/sh".utf8)).find() }
    #expect(throws: CampaignError.self) { try Clone(wrapper: "").find() }
    #expect(throws: CampaignError.self) { try Clone().find(payload: "/nowhere/swab") }
    // One program header at 64: PT_INTERP.
    var dynamic = Campaigns.elf
    (dynamic[32], dynamic[54], dynamic[56], dynamic[64]) = (64, 56, 1, 3)
    #expect(try Clone(payload: dynamic).find().warnings.count == 1)
    #expect(try ELFKind.of("/proc/self/exe") == .dynamic)
  }
}
