import Glibc
import TestSupport
import Testing

/// What `make install` and `make dist` hand on, of what `make static` has built.
@Suite(.serialized) struct DistributionTests {
  private static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]

  @discardableResult
  private func run(
    _ program: String, _ arguments: [String], _ further: [String: String] = [:],
    in directory: String = Repository.root
  ) async throws -> String {
    let result = try await Program(
      "/usr/bin/env", [program] + arguments, environment: Self.environment.merging(further) { _, new in new },
      workingDirectory: directory
    ).finish()
    try #require(result.code == 0, "\(program) \(arguments): \(result.errors)")
    return result.text
  }

  private func installed(in directory: TemporaryDirectory) async throws -> String {
    try await run("Scripts/install.sh", [], ["PREFIX": "", "DESTDIR": directory.path])
    return directory.path
  }

  @Test func `an empty prefix has all that is needed, and what is there runs`() async throws {
    let directory = try TemporaryDirectory()
    let root = try await installed(in: directory)
    for program in ["swab", "swab-submit"] {
      #expect(try await run("\(root)/bin/\(program)", ["--version"]).hasPrefix("\(program) "))
    }
    #expect(access("\(root)/bin/swab-job.sh", X_OK) == 0)
    let schemas = [
      "job", "report", "check", "resolve", "campaign-report", "campaign-status", "campaign-submit",
      "campaign-remove", "campaign-cycle-status", "campaign-cycle-explanation", "campaign-cycle-config",
      "campaign-cycle-word", "campaign-cycle-unfreeze",
    ]
    for schema in schemas {
      try await run("python3", ["-m", "json.tool", "\(root)/share/swab/schemas/\(schema).json"])
    }
    for file in ["LICENSE", "NOTICE", "Licences/LGPL-2.1.txt", "Reference.md"] {
      #expect(Disk.exists("\(root)/share/doc/swab/\(file)"))
    }
  }

  @Test(arguments: ["swab", "swab-submit"])
  func `the manual page has each command, and the linter nothing against it`(_ program: String) async throws {
    let directory = try TemporaryDirectory()
    let page = try await installed(in: directory) + "/share/man/man1/\(program).1"
    try await run("mandoc", ["-T", "lint", "-W", "warning", page])
    let text = try await run("mandoc", ["-T", "utf8", page])
    for command in program == "swab"
      ? ["swab delete", "swab check"] : ["swab-submit plan", "swab-submit cycle"]
    {
      // Bold letters are typed twice there.
      #expect(text.replacing(/.\u{8}/, with: "").contains(command), "\(command)")
    }
  }

  @Test func `each shell completes the name of a command`() async throws {
    let directory = try TemporaryDirectory()
    let root = try await installed(in: directory)
    let path = ["PATH": "\(root)/bin:/usr/bin:/bin", "HOME": directory.path]
    let fish = "\(root)/share/fish/vendor_completions.d/swab.fish"
    #expect(
      try await run("fish", ["--no-config", "-c", "source \(fish); complete -C 'swab del'"], path)
        .contains("delete"))
    let bash = "\(root)/share/bash-completion/completions/swab"
    let script = """
      source \(bash); COMP_WORDS=(swab del); COMP_CWORD=1; COMP_LINE='swab del'; COMP_POINT=8; COMP_TYPE=9
      _swab swab del swab; echo "${COMPREPLY[@]}"
      """
    #expect(try await run("bash", ["-c", script], path).contains("delete"))
    let zsh =
      "autoload -Uz compinit; compinit -D; source \(root)/share/zsh/site-functions/_swab; whence -w _swab"
    #expect(
      try await run("zsh", ["-f", "-c", "fpath=(\(root)/share/zsh/site-functions $fpath); \(zsh)"], path)
        .contains("function"))
  }

  @Test func `two packages of the same executables are the same, and each installs, runs and goes`()
    async throws
  {
    let (first, second) = (try TemporaryDirectory(), try TemporaryDirectory())
    try await run("Scripts/dist.sh", [first.path], ["DIST_LEVEL": "1"])
    try await run("Scripts/dist.sh", [second.path], ["DIST_LEVEL": "1"])
    try await run("diff", ["-r", first.path, second.path])
    let files = Disk.names(first.path)
    let tarball = try #require(files.first { $0.hasSuffix(".tar.gz") })
    let deb = try #require(files.first { $0.hasSuffix(".deb") })
    let rpm = try #require(files.first { $0.hasSuffix(".rpm") })

    let root = try TemporaryDirectory()
    try await run("tar", ["-xzf", "\(first.path)/\(tarball)", "-C", root.path])
    try await run("sha256sum", ["--check", "--quiet", "--strict", "SHA256SUMS"], in: root.path)
    let machine = try await run("uname", ["-m"]).filter { !$0.isWhitespace }
    #expect(try await run("\(root.path)/\(machine)/swab", ["--version"]).hasPrefix("swab "))

    for part in ["updates", "info", "triggers"] {
      Disk.makeDirectory("\(root.path)/deb/var/lib/dpkg/\(part)")
    }
    Disk.write("\(root.path)/deb/var/lib/dpkg/status", "")
    // Both take a root directory of their own, so that this machine's packages stay as they are; only root may do that.
    let dpkg = ["--root=\(root.path)/deb", "--force-not-root", "--force-script-chrootless"]
    try await run("dpkg", dpkg + ["--install", "\(first.path)/\(deb)"])
    #expect(try await run("\(root.path)/deb/usr/bin/swab", ["--version"]).hasPrefix("swab "))
    try await run("dpkg", dpkg + ["--remove", "swab"])
    #expect(!Disk.exists("\(root.path)/deb/usr/bin/swab"))
    let database = ["--root", "\(root.path)/rpm", "--dbpath", "/var/lib/rpm"]
    try await run("rpm", database + ["--install", "--nodeps", "--noscripts", "\(first.path)/\(rpm)"])
    #expect(try await run("\(root.path)/rpm/usr/bin/swab", ["--version"]).hasPrefix("swab "))
    try await run("rpm", database + ["--erase", "swab"])
    #expect(!Disk.exists("\(root.path)/rpm/usr/bin/swab"))
  }
}
