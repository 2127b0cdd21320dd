import FoundationEssentials
import TestSupport
import Testing

/// What is lacking is said before anything is installed: on a machine without apt-get, made of links to a few programs.
@Suite("Setup")
struct SetupTests {
  private static let tools = [
    "sh", "awk", "cat", "dirname", "head", "tr", "id", "make", "git", "c++", "pkg-config",
  ]

  @Test(
    arguments: [
      (
        nil, tools, "setup: swift is not on the PATH: install Swift 6.2 or newer "
      ),
      (
        "echo 'swift: error while loading shared libraries: libncurses.so.6' >&2; exit 127", tools,
        "setup: swift does not run: swift: error while loading shared libraries: libncurses.so.6; "
      ),
      (
        "echo 'Swift version 6.2'", tools.filter { $0 != "c++" },
        "setup: this machine has no apt-get, and it lacks c++: "
      ),
      ("echo 'Swift version 6.2'", tools, ""),
    ] as [(swift: String?, tools: [String], beginning: String)])
  func lacking(swift: String?, tools: [String], beginning: String) async throws {
    let directory = try TemporaryDirectory()
    for tool in tools {
      let found = try #require(
        ["/usr/bin/", "/bin/"].map { $0 + tool }.first { FileManager.default.isExecutableFile(atPath: $0) },
        "\(tool)")
      try FileManager.default.createSymbolicLink(
        atPath: "\(directory.path)/\(tool)", withDestinationPath: found)
    }
    if let swift { Disk.write(directory.path + "/swift", "#!/bin/sh\n\(swift)\n", mode: 0o755) }
    let result = try await SwabCommand.run(
      command: ["/bin/sh", Repository.root + "/Scripts/setup.sh", "build"],
      environment: ["PATH": directory.path])
    #expect(result.messages.hasPrefix(beginning))
    #expect(result.code == (beginning.isEmpty ? 0 : 69))
    #expect(result.messages.split(separator: "\n").count == (beginning.isEmpty ? 0 : 1))
  }
}
