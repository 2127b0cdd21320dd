import FoundationEssentials
import Testing

@Suite("Where the wrapper finds the payload and what it gives to it")
struct PayloadSearchTests {
  /// Every place that has a payload, and which one is taken.
  static let locations: [(locations: [String], taken: String)] = [
    (["scratch", "sandbox", "variable", "cvmfs"], "scratch"),
    (["sandbox", "variable", "cvmfs"], "sandbox"),
    (["variable", "cvmfs"], "variable"),
    (["cvmfs"], "cvmfs"),
  ]

  @Test("The first of four places", arguments: Node.Shell.allCases, locations)
  func firstDirectory(shell: Node.Shell, row: (locations: [String], taken: String)) async throws {
    try await Node.with(shell) { node in
      let machine = try await Machine.name()
      let paths = [
        "scratch": node.sandbox + "/scratch dir/swab", "sandbox": node.sandbox + "/swab",
        "variable": node.sandbox + "/elsewhere/payload",
        "cvmfs": node.sandbox + "/cvmfs/\(machine)/swab",
      ]
      for position in row.locations {
        let path = try #require(paths[position])
        try node.write("", to: path)
        try node.install(payload: "echo \(position)", at: path)
      }
      let result = try await node.run(environment: [
        "_CONDOR_SCRATCH_DIR": node.sandbox + "/scratch dir",
        "SWAB_PAYLOAD": node.sandbox + "/elsewhere/payload", "SWAB_CVMFS_DIR": node.sandbox + "/cvmfs",
      ])
      #expect(result.output == row.taken + "\n")
      #expect(result.code == 0)
    }
  }

  @Test("A lost x bit is put back", arguments: Node.Shell.allCases)
  func lostExecutableBit(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      try node.install(payload: "echo ran", executable: false)
      let result = try await node.run()
      #expect(result.output == "ran\n")
      #expect(result.code == 0)
    }
  }

  @Test("Arguments, standard input and output go through unchanged", arguments: Node.Shell.allCases)
  func passedOn(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      try node.install(payload: #"for a in "$@"; do printf '<%s>' "$a"; done; cat"#)
      let result = try await node.run(
        ["delete", "", "a b", "*", "--from", "-"], input: "/store/unmerged/x\n")
      #expect(result.output == "<delete><><a b><*><--from><->/store/unmerged/x\n")
    }
  }

  /// Files in the credentials directory, other variables, and the file that is then named (nil: none).
  static let credentials: [(files: [String], variables: [String: String], expected: String?)] = [
    ([], [:], nil),
    (["one.use"], [:], "one.use"),
    (["b.use", "cms.use", "a.use"], [:], "cms.use"),
    (["b.use", "a.use", "a.top"], [:], "a.use"),
    (["cms.use"], ["BEARER_TOKEN": "t0ken"], nil),
    (["cms.use"], ["BEARER_TOKEN_FILE": "/mine"], "/mine"),
    (["cms.use"], ["BEARER_TOKEN_FILE": ""], "cms.use"),
  ]

  @Test("The token file of HTCondor", arguments: Node.Shell.allCases, credentials)
  func tokenFile(
    shell: Node.Shell, row: (files: [String], variables: [String: String], expected: String?)
  ) async throws {
    try await Node.with(shell) { node in
      let directory = node.sandbox + "/.condor_creds"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      for file in row.files { try node.write("s3cret", to: "\(directory)/\(file)") }
      try node.install(payload: #"printf '%s' "${BEARER_TOKEN_FILE-}""#)
      var variables = row.variables
      variables["_CONDOR_CREDS"] = directory
      let result = try await node.run(environment: variables)
      let expected = row.expected.map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" } ?? ""
      #expect(result.output == expected)
      #expect(!result.messages.contains("s3cret"))
      #expect(!result.messages.contains("t0ken"))
    }
  }
}
