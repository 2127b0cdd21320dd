import TestSupport
import Testing

extension WholeExecutable {
  /// Two thousand names of every kind, and what became of each.
  @Suite(.serialized) struct MixedStorageTests {
    @Test(arguments: [
      StorageEndpoint.xrdfs, .xroot, .gfalRoot, .gfalHTTP, .gfalNginx, .webdavXRootD, .webdavNginx, .rm,
    ])
    func `every one of 2,000 names gets the outcome that the disk confirms`(_ endpoint: StorageEndpoint)
      async throws
    {
      try await run(endpoint, "mixed-\(endpoint.backend)-\(endpoint.protocolName)", MixedStorage.Size())
    }

    @Test(arguments: [StorageEndpoint.xrootForGfal2, .webdavForXrdcp, .rmThroughGfal2])
    func `so does every one of 300 whatever the site's command`(_ endpoint: StorageEndpoint) async throws {
      try await run(
        endpoint, "few-\(endpoint.backend)",
        MixedStorage.Size(total: 300, forbidden: 5, directories: 5, oddStep: 5))
    }

    private func run(_ endpoint: StorageEndpoint, _ name: String, _ size: MixedStorage.Size) async throws {
      let (data, owner) = try endpoint.storage()
      let storage = MixedStorage(name, data: data, owner: owner, size: size)
      // What is left would make every later walk longer.
      defer { Disk.removeTree(data + storage.top) }
      let directory = try TemporaryDirectory()
      let (lists, protected) = try storage.writeLists(in: directory.path)
      let site = try endpoint.site()
      let arguments =
        endpoint.arguments + ["--protected", protected, "--retries", "1", "--retry-pause", "0.2"]
      let before = Snapshot(of: data)

      let rehearsal = try await DeleteCall(
        storage.listed.count, from: lists, site: site, arguments + ["--dry-run"], through: endpoint.launcher)
      rehearsal.expectDisk(before, Snapshot(of: data))
      #expect(rehearsal.report.files.allSatisfy { ["notAttempted", "refused"].contains($0.outcome) })

      let call = try await DeleteCall(
        storage.listed.count, from: lists, site: site, arguments, through: endpoint.launcher)
      call.expectDisk(before, Snapshot(of: data))
      #expect(call.result.code == 1)
      if endpoint.backend == "webdav" { #expect(call.report.summary.bytesFreedIsPartial == false) }
      let shown = (call.result.output + call.result.messages).utf8
      #expect(!shown.contains { $0 < 0x20 && $0 != UInt8(ascii: "\n") }, "a terminal would obey this")
      let text = Dictionary(call.report.files.map { (Array($0.lfn.utf8), $0) }) { first, _ in first }
      for listed in storage.listed {
        let file = text[Array(listed.lfn.utf8)]
        #expect(
          file?.word == expected(listed, endpoint),
          "\(listed.kind) \(listed.lfn): \(file?.error?.message ?? "")")
        if let backend = file?.backend { #expect(backend == endpoint.backend) }
      }

      // Once more: all that was deleted is absent now, and nothing else has changed.
      let again = Snapshot(of: data)
      let gone = call.report.files.filter { $0.outcome == "deleted" }.map { $0.lfn + "\n" }.joined()
      Disk.write(directory.path + "/gone.txt", gone)
      let second = try await DeleteCall(
        call.report.summary.deleted, from: [directory.path + "/gone.txt"], site: site, arguments)
      second.expectDisk(again, Snapshot(of: data))
      #expect(second.report.summary.absent == call.report.summary.deleted)
      // A storage where nothing is there at all is suspect.
      #expect(second.result.code == 76)
    }

    private func expected(_ listed: MixedStorage.Listed, _ endpoint: StorageEndpoint) -> String {
      switch listed.kind {
      case .unsafe, .protected: return "refused: refused"
      case .file: return endpoint.refusal(of: listed.lfn) ?? "deleted"
      case .missing: return endpoint.refusal(of: listed.lfn) ?? "absent"
      case .emptyDirectory, .fullDirectory: return "failed: permanent"
      case .forbidden: return "failed: auth"
      }
    }
  }
}

/// The whole executable against real storage. One test at a time: they share two cores and the servers' disks.
@Suite(.serialized) enum WholeExecutable {}
