import TestSupport
import Testing

extension WholeExecutable {
  /// Two thousand names of every kind, and what became of each.
  @Suite(.serialized) struct MixedStorageTests {
    @Test(arguments: [
      Door.xrdfs, .xroot, .gfalRoot, .gfalHTTP, .gfalNginx, .webdavXRootD, .webdavNginx, .rm,
    ])
    func `every one of 2,000 names gets the outcome that the disk confirms`(_ door: Door) async throws {
      try await run(door, "mixed-\(door.backend)-\(door.protocolName)", MixedStorage.Size())
    }

    @Test(arguments: [Door.xrootForGfal2, .webdavForXrdcp, .rmThroughGfal2])
    func `so does every one of 300 whatever the site's command`(_ door: Door) async throws {
      try await run(
        door, "few-\(door.backend)", MixedStorage.Size(total: 300, forbidden: 5, folders: 5, oddStep: 5))
    }

    private func run(_ door: Door, _ name: String, _ size: MixedStorage.Size) async throws {
      let (data, owner) = try door.storage()
      let storage = MixedStorage(name, data: data, owner: owner, size: size)
      // What is left would make every later walk longer.
      defer { Disk.removeTree(data + storage.top) }
      let folder = try TemporaryFolder()
      let (lists, protected) = try storage.writeLists(in: folder.path)
      let site = try door.site()
      let arguments = door.arguments + ["--protected", protected, "--retries", "1", "--retry-pause", "0.2"]
      let before = Snapshot(of: data)

      let rehearsal = try await DeleteCall(
        storage.listed.count, from: lists, site: site, arguments + ["--dry-run"], through: door.launcher)
      rehearsal.expectDisk(before, Snapshot(of: data))
      #expect(rehearsal.report.files.allSatisfy { ["notAttempted", "refused"].contains($0.outcome) })

      let call = try await DeleteCall(
        storage.listed.count, from: lists, site: site, arguments, through: door.launcher)
      call.expectDisk(before, Snapshot(of: data))
      #expect(call.result.code == 1)
      let shown = (call.result.output + call.result.messages).utf8
      #expect(!shown.contains { $0 < 0x20 && $0 != UInt8(ascii: "\n") }, "a terminal would obey this")
      let words = Dictionary(call.report.files.map { (Array($0.lfn.utf8), $0) }) { first, _ in first }
      for listed in storage.listed {
        let file = words[Array(listed.lfn.utf8)]
        #expect(
          file?.word == expected(listed, door), "\(listed.kind) \(listed.lfn): \(file?.error?.message ?? "")")
        if let backend = file?.backend { #expect(backend == door.backend) }
      }

      // Once more: all that was deleted is absent now, and nothing else has changed.
      let again = Snapshot(of: data)
      let gone = call.report.files.filter { $0.outcome == "deleted" }.map { $0.lfn + "\n" }.joined()
      Disk.write(folder.path + "/gone.txt", gone)
      let second = try await DeleteCall(
        call.report.summary.deleted, from: [folder.path + "/gone.txt"], site: site, arguments)
      second.expectDisk(again, Snapshot(of: data))
      #expect(second.report.summary.absent == call.report.summary.deleted)
      #expect(second.result.code == 0)
    }

    private func expected(_ listed: MixedStorage.Listed, _ door: Door) -> String {
      switch listed.kind {
      case .unsafe, .protected: return "refused: refused"
      case .file: return door.refusal(of: listed.lfn) ?? "deleted"
      case .missing: return door.refusal(of: listed.lfn) ?? "absent"
      case .emptyFolder, .fullFolder: return "failed: permanent"
      case .forbidden: return "failed: auth"
      }
    }
  }
}

/// The whole executable against real storage. One test at a time: they share two cores and the servers' disks.
@Suite(.serialized) enum WholeExecutable {}
