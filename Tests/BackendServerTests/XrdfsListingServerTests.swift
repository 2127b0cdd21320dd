import DeletionModel
import TestServers
import TestSupport
import Testing
@testable import BackendTools

import Glibc

/// Looks by listing directories, of a real server: no directory is ever removed by it.
@Suite(.serialized) struct XrdfsListingServerTests {
  @Test func `a directory with many others in it is not listed again`() async throws {
    let server = try StorageServer.xrootd()
    let (storage, calls) = try counted(server)
    for number in 0..<400 { storage.make("/store/unmerged/big/f\(number)") }
    for start in [0, 10, 20] {
      let lfns = (start..<start + 10).map { "/store/unmerged/big/f\($0)" }
      #expect(try await storage.delete(lfns).allSatisfy { $0.kind == .deleted })
    }
    // Each call has a session; the first is the listing.
    #expect(calls.note("scripts").split(separator: "\n").filter { $0.hasPrefix("ls") }.count == 1)
  }

  @Test
  func `a thousand files of a directory take two processes, and one more that asks what the server is`()
    async throws
  {
    let server = try StorageServer.xrootd()
    let (storage, calls) = try counted(server)
    let lfns = (0..<1000).map { "/store/unmerged/two/\($0 % 5)/f\($0)" }
    for lfn in lfns { storage.make(lfn) }
    #expect(try await storage.delete(lfns).allSatisfy { $0.kind == .deleted })
    #expect(calls.note("calls").split(separator: "\n").count == 3)
  }

  @Test func `what a listing leaves out is looked at by its name`() async throws {
    let server = try StorageServer.xrootd()
    // Every third line is lost on the way, those of directories too.
    let (storage, _) = try counted(server, filter: "awk '/^[d-]/ && NR % 3 == 0 { next } { print }'")
    var lfns: [String] = []
    var expected: [String] = []
    for number in 0..<60 {
      let lfn = "/store/unmerged/holes/n\(number)"
      lfns.append(lfn)
      switch number % 4 {
      case 0: storage.makeDirectory(lfn)
      case 1: break
      default: storage.make(lfn)
      }
      expected.append(["permanent", "absent", "deleted", "deleted"][number % 4])
    }
    storage.makeDirectory("/store/unmerged/holes")
    let answers = try await storage.delete(lfns)
    #expect(answers.map(\.word) == expected, "\(answers)")
  }

  @Test func `a symbolic link to a directory is no file`() async throws {
    let server = try StorageServer.xrootd()
    let (storage, _) = try counted(server)
    storage.makeDirectory("/store/unmerged/links/real")
    symlink("real", storage.data + "/store/unmerged/links/link")
    let files = (0..<10).map { "/store/unmerged/links/f\($0)" }
    for lfn in files { storage.make(lfn) }
    let answers = try await storage.delete(["/store/unmerged/links/link"] + files)
    #expect(answers.map(\.word) == ["permanent"] + files.map { _ in "deleted" }, "\(answers)")
  }

  /// The real tool behind a script that notes each call, and what it is given on standard input.
  private func counted(_ server: StorageServer, filter: String = "cat") throws -> (TestStorage, ShellTool) {
    let tool = try ShellTool(
      """
      echo "call $2" >> $HERE/calls
      if [ $# -gt 1 ]; then exec xrdfs "$@"; fi
      tee -a $HERE/scripts | xrdfs "$@" | \(filter)
      """)
    let backend = XrdfsBackend(
      runner: testRunner(), environment: testEnvironment(), time: testTime, tool: tool.path)
    let storage = TestStorage(
      name: "counted", backend: backend, prefix: server.prefix("root"), data: server.data, user: server.user,
      holder: [server, tool] as [any Sendable])
    return (storage, tool)
  }
}
