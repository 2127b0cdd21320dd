import TestSupport
import Testing

import Glibc

extension WholeExecutable {
  /// A local tree with links that point out of it and around in it.
  @Suite struct SymbolicLinkTests {
    @Test func `rm deletes links and never through them`() async throws {
      let tree = try TemporaryDirectory()
      let data = tree.path + "/data"
      let top = data + "/store/unmerged/links"
      // What must stand: another tree, another area of the same one, and unlisted files.
      let outside = tree.path + "/outside"
      for name in ["f0", "f1", "f2", "deep/f0"] { Disk.makeFile("\(outside)/\(name)", owner: nil) }
      Disk.makeFile(data + "/store/user/somebody/f0", owner: nil)
      Disk.makeFile(top + "/real/f0", owner: nil)
      Disk.makeFile(top + "/real/f1", owner: nil)
      Disk.makeFile(top + "/kept/f0", owner: nil)
      for (target, link) in [
        (outside, "out"), ("../../../../outside", "relative"), (data + "/store/user/somebody", "area"),
        ("kept", "within"), ("/", "root"), (".", "dot"), ("..", "up"), ("loop", "loop"),
        ("/proc/self/root\(outside)", "proc"), (outside + "/f1", "file"), ("real/f0", "near"),
        ("/nowhere/at/all", "dangling"), (outside, "directory"), ("real", "toReal"),
      ] {
        symlink(target, top + "/" + link)
      }
      let through = [
        "out/f0", "out/deep/f0", "relative/f0", "area/f0", "within/f0", "root\(outside)/f0",
        "dot/real/f1", "up/links/real/f1", "loop/f0", "proc/f0", "toReal/f1",
      ]
      let links = ["file", "near", "dangling", "directory"]
      let names = through + links + ["real/f0", "real/none", "out/none", "none/f0", "file2"]
      Disk.write(tree.path + "/list", names.map { "/store/unmerged/links/\($0)\n" }.joined())
      // The way to the storage itself may be a link: that is the site's business.
      symlink("data", tree.path + "/mount")
      let site = try SiteDirectory([
        .init(rse: "T2_XX_Test", command: "cp", protocolName: "file", prefix: tree.path + "/mount")
      ])

      let before = Snapshot(of: data)
      let beforeOutside = Snapshot(of: outside)
      let call = try await DeleteCall(names.count, from: [tree.path + "/list"], site: site)
      call.expectDisk(before, Snapshot(of: data))
      #expect(beforeOutside.entries == Snapshot(of: outside).entries)
      func word(_ name: String) -> String? { call.report.file("/store/unmerged/links/\(name)")?.word }
      for name in through + ["out/none"] { #expect(word(name)?.hasPrefix("failed: ") == true, "\(name)") }
      for name in links + ["real/f0"] { #expect(word(name) == "deleted", "\(name)") }
      for name in ["real/none", "none/f0", "file2"] { #expect(word(name) == "absent", "\(name)") }
    }
  }
}
