import CampaignFixtures
import Glibc
import TestSupport
import Testing

@testable import Campaign

/// The commands of `swab-submit` on a campaign, as executables.
@Suite struct CampaignCommandTests {
  private let campaign: CampaignFixture
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"]])
  }

  private func start(_ arguments: [String]) throws -> Program {
    try Program(
      Repository.builtSwabSubmit, arguments, environment: ["PATH": "\(directory.path)/bin:/usr/bin:/bin"],
      workingDirectory: directory.path)
  }

  /// HTCondor's tools hang, and note their process.
  private func installHangingTools() {
    Disk.makeDirectory(directory.path + "/bin")
    for tool in ["condor_q", "condor_history", "condor_rm", "condor_transfer_data", "condor_submit"] {
      Disk.write(
        "\(directory.path)/bin/\(tool)", "#!/bin/sh\necho $$ >>\(directory.path)/pids\nexec sleep 600\n",
        mode: 0o755)
    }
  }

  static let commands = [["status"], ["status", "--watch"], ["collect"], ["resubmit"], ["remove"]]

  @Test(arguments: commands, [SIGTERM, SIGINT, SIGHUP])
  func `a signal ends a command and the tool that it waits for`(command: [String], signal: Int32) async throws
  {
    installHangingTools()
    let program = try start([command[0], campaign.directory.path] + command.dropFirst())
    var pids: [pid_t] { Disk.read(directory.path + "/pids").split(separator: "\n").compactMap { pid_t($0) } }
    try await program.wait(until: "a tool runs") { !pids.isEmpty }
    program.send(signal)
    let result = try await program.finish()
    #expect(result.code == 75 && result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.contains("stopped by a signal"), "\(result.errors)")
    for pid in pids { #expect(!Program.isRunning(pid)) }
  }

  @Test(arguments: [["status"], ["collect"]])
  func `who reads no further gets no message`(command: [String]) async throws {
    let program = try Program(
      Repository.builtSwabSubmit, command + [campaign.directory.path],
      environment: ["PATH": "/usr/bin:/bin"], output: .brokenPipe)
    let result = try await program.finish()
    #expect(result.signal == SIGPIPE && !result.errors.contains("Broken pipe"), "\(result.errors)")
  }

  @Test func `a page overwrites nothing but a page`() async throws {
    for path in [campaign.directory.report, campaign.directory.manifest, directory.path + "/list"] {
      if !Disk.exists(path) { Disk.write(path, "/store/unmerged/a/1\n") }
      let before = Disk.read(path)
      let result = try await start(["collect", campaign.directory.path, "--html", path]).finish()
      #expect(
        result.code == 64 && result.errors.contains("\(path) is there and is no page"), "\(result.errors)")
      #expect(Disk.read(path) == before)
    }
    let output = try await start(["collect", campaign.directory.path, "--html", "-"]).finish()
    #expect(output.code == 64 && output.errors.contains("the page goes to a file"), "\(output.errors)")
    #expect(!Disk.exists(directory.path + "/-"))
    // An empty file, and an older page, are written over.
    let page = directory.path + "/page.html"
    Disk.write(page, "")
    for _ in 0..<2 {
      #expect(try await start(["collect", campaign.directory.path, "--html", page]).finish().code != 64)
      #expect(Disk.read(page).hasPrefix("<!DOCTYPE html>"))
    }
  }
}
