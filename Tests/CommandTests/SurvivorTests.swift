import Testing

@testable import TestSupport

import Glibc

@Suite("When the tests are stopped")
struct SurvivorTests {
  @Test("what they left behind goes, and what they had cleared up themselves stays")
  func clearsUp() async throws {
    let (left, kept) = (try TemporaryDirectory(), try TemporaryDirectory())
    Disk.makeDirectory(left.path + "/within")
    // A leader of a group and its child.
    let group = try Program(
      "/bin/sh", ["-c", "sleep 900 & echo $! >child; wait"], workingDirectory: left.path)
    let other = try Program("/usr/bin/sleep", ["900"])
    var child: pid_t?
    try await group.wait(until: "it has a child") {
      child = pid_t(Disk.read(left.path + "/child").split(separator: "\n").first ?? "")
      return child != nil
    }
    let survivor = try #require(Survivor())
    for process in [group.pid, other.pid] { survivor.add(.process(process)) }
    for directory in [left.path, kept.path] { survivor.add(.directory(directory)) }
    survivor.remove(.process(other.pid))
    survivor.remove(.directory(kept.path))
    // As the kernel does at our end.
    close(survivor.line)
    let sleeper = try #require(child)
    try await Waiting.wait(until: "all is gone") {
      !Program.isRunning(group.pid) && !Program.isRunning(sleeper) && !Disk.exists(left.path)
    }
    #expect(Program.isRunning(other.pid) && Disk.exists(kept.path))
  }
}
