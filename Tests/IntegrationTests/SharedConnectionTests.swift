import TestServers
import TestSupport
import Testing

extension WholeExecutable {
  /// With root:// a connection carries many files at once. A server that breaks it over one of them, or answers for that one
  /// what nobody can read, says nothing of the others.
  @Suite struct SharedConnectionTests {
    struct Row: Sendable, CustomTestStringConvertible {
      let testDescription: String
      /// The request over which it happens, and what happens.
      let code: Int
      let steps: [ScriptedXRootD.Step]
      var knowsStatx = true
    }

    static let rows = [
      Row(testDescription: "closed over kXR_statx", code: 3022, steps: [.close]),
      Row(testDescription: "reset over kXR_statx", code: 3022, steps: [.reset]),
      Row(testDescription: "an unknown status to kXR_statx", code: 3022, steps: [.reply(4099, [])]),
      Row(testDescription: "closed over kXR_stat", code: 3017, steps: [.close], knowsStatx: false),
      Row(
        testDescription: "an unreadable answer to kXR_stat", code: 3017, steps: [.reply(0, [0x78])],
        knowsStatx: false),
      Row(testDescription: "closed over kXR_rm", code: 3014, steps: [.close]),
    ]

    @Test(arguments: rows) func `only the file that breaks it fails`(row: Row) async throws {
      let names = (0..<200).map { "/store/unmerged/shared/f\($0).root" }
      let odd = names[100]
      let server = try ScriptedXRootD { request, _ in
        if let setup = ScriptedXRootD.setup(request) { return setup }
        if request.code == row.code, request.text.split(separator: "\n").contains(where: { $0 == odd }) {
          return row.steps
        }
        switch request.code {
        case 3022:
          return row.knowsStatx
            ? [.reply(0, request.text.split(separator: "\n").map { _ in 0 })]
            : [.reply(4003, XRootDFrames.error(3006, "unknown request"))]
        case 3017: return [.reply(0, XRootDFrames.file)]
        default: return [.reply(0, [])]
        }
      }
      defer { server.stop() }
      let directory = try TemporaryDirectory()
      let list = directory.path + "/list"
      Disk.write(list, names.map { $0 + "\n" }.joined())
      let call = try await DeleteCall(
        names.count, from: [list], site: nil,
        [
          "--override", "command=xrdcp,lfn-prefix=\(server.prefix),phedex-node=T2_XX_Test", "--retries", "1",
          "--retry-pause", "0",
        ])
      for file in call.report.files {
        #expect(file.outcome == (file.lfn == odd ? "failed" : "deleted"), "\(file)")
        #expect(file.attempts <= 2, "\(file)")
      }
      #expect(call.report.files.count == names.count && call.result.code == 1)
    }
  }
}
