import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

import Glibc

/// What a journal takes for its own, and what it refuses.
@Suite("The journal as a file") struct JournalFileTests {
  private func site() async throws -> JournalSite {
    let site = try JournalSite(JournalSite.names(5))
    _ = try await site.run(MadeUpStorage(site.lfns.map { "/d" + $0 }).backend(batchLimit: 1))
    return site
  }

  private func problem(_ site: JournalSite) -> JournalError.Problem? {
    do {
      _ = try site.open()
      return nil
    } catch {
      return (error as? JournalError)?.problem
    }
  }

  @Test("cut at any byte it is good up to the last whole record, and says so")
  func tornAtEveryByte() async throws {
    let site = try await site()
    let whole = Disk.bytes(site.path)
    var ends = Set([0, "swab.journal/1\n".utf8.count])
    var index = "swab.journal/1\n".utf8.count
    while case .record(let range) = JournalFrame.read(whole[...], at: index) {
      index = range.upperBound
      ends.insert(index)
    }
    #expect(index == whole.count && ends.count > 12)
    for cut in 0..<whole.count {
      Disk.write(site.path, bytes: Array(whole[..<cut]))
      let journal = try site.open()
      let isTorn = !ends.contains(cut) || cut == "swab.journal/1\n".utf8.count
      #expect(journal.warnings.isEmpty != isTorn, "\(cut)")
      #expect(journal.completedEarlier <= 5)
      _ = consume journal
      // What was torn is gone, and the file can be gone on with.
      #expect(try site.open().warnings.isEmpty, "\(cut)")
    }
  }

  @Test("a byte that is wrong in the middle is no torn end: it is refused and left alone")
  func damagedInTheMiddle() async throws {
    let site = try await site()
    let whole = Disk.bytes(site.path)
    let first = "swab.journal/1\n".utf8.count
    for index in first..<whole.count - 60 {
      var bytes = whole
      bytes[index] ^= 0x10
      Disk.write(site.path, bytes: bytes)
      guard case .damaged = problem(site) else {
        Issue.record("byte \(index): \(String(describing: problem(site)))")
        continue
      }
      #expect(Disk.bytes(site.path) == bytes)
    }
  }

  @Test("zeros at the end, as some file systems leave them, are a torn end")
  func zeros() async throws {
    let site = try await site()
    Disk.write(site.path, bytes: Disk.bytes(site.path) + [UInt8](repeating: 0, count: 5000))
    #expect(try site.open().warnings.count == 1)
  }

  @Test("another list, other routes, another format, another file")
  func foreign() async throws {
    let site = try await site()
    let whole = Disk.bytes(site.path)
    for list in [
      JournalSite.names(4), JournalSite.names(5).reversed(), JournalSite.names(6),
      ["/store/unmerged/d/f000/store/unmerged/d/f001"] + JournalSite.names(5).dropFirst(),
    ] {
      let error = #expect(throws: JournalError.self) { try site.open(Array(list)) }
      guard case .otherRun = error?.problem else {
        Issue.record("\(list)")
        continue
      }
    }
    let other = DeletionRoute.Description(
      rse: "T2_YY", storageSite: nil, volume: nil, protocolName: nil, command: "cp")
    #expect(throws: JournalError.self) { try site.open(routes: [other]) }
    #expect(Disk.bytes(site.path) == whole)

    for (text, expected) in [
      ("swab.journal/2\nsomething", JournalError.Problem.format("swab.journal/2")),
      ("precious text", .foreign), ("{}", .foreign), ("\n", .foreign),
    ] {
      Disk.write(site.path, text)
      #expect(problem(site) == expected)
      #expect(Disk.read(site.path) == text)
    }
    for beginning in ["", "s", "swab.journal/", "swab.journal/1", "swab.journal/1\n"] {
      Disk.write(site.path, beginning)
      #expect(try site.open().earlierRuns == 0)
    }
  }

  @Test("two at a time are one too many")
  func locked() async throws {
    let site = try await site()
    let journal = try site.open()
    #expect(problem(site) == .inUse)
    withExtendedLifetime(journal) {}
  }

  @Test("a directory, a pipe, a path that does not exist")
  func noFile() throws {
    let site = try JournalSite(["/store/unmerged/a"])
    Disk.makeDirectory(site.path)
    #expect(problem(site) == .noFile)
    rmdir(site.path)
    mkfifo(site.path, 0o644)
    #expect(problem(site) == .noFile)
    unlink(site.path)
    symlink("/nowhere/at/all", site.path)
    guard case .file = problem(site) else {
      Issue.record("a link to nowhere")
      return
    }
  }

  @Test("what is written is read back")
  func entries() throws {
    var record = FileRecord(lfn: "/store/unmerged/é", outcome: .failed, attempts: 300, seconds: 1.25)
    record.pfn = "davs://h:1/x?SFN=/store/unmerged/e\u{301}"
    record.route = 3
    record.backend = "gfal"
    record.endpoint = "davs://h:1"
    record.failure = .init(kind: "permanent", code: "EISDIR", message: "a directory", isUnavailable: true)
    var file = FileState(Resolution(lfn: record.lfn, replicas: [], refusal: nil), position: 1 << 40)
    file.stop()
    var entry = JournalEntry(file)
    entry.record = record
    entry.mayBeGoneAt.insert(2)
    entry.replicas = [
      .init(route: 3, backend: "gfal", pfn: "/p/store/unmerged/é"), .init(route: 4, backend: "rm", pfn: ""),
    ]
    guard case .file(let read) = try JournalRecord(JournalRecord.file(entry).bytes[...]) else {
      Issue.record("no file")
      return
    }
    #expect(
      read.position == 1 << 40 && read.replicas == entry.replicas && read.mayBeGoneAt == entry.mayBeGoneAt)
    #expect(read.record.lfn.utf8.elementsEqual(record.lfn.utf8))
    #expect(read.record.pfn.map { $0.utf8.elementsEqual(record.pfn?.utf8 ?? "".utf8) } == true)
    #expect(read.record.failure == record.failure && read.record.endpoint == record.endpoint)
    #expect(read.record.attempts == 300 && read.record.seconds == 1.25 && read.record.outcome == .failed)
    // Any cut and any changed byte of a record is no crash.
    let bytes = JournalRecord.file(entry).bytes
    for index in bytes.indices {
      _ = try? JournalRecord(bytes[..<index])
      for value in [0, 0x7f, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[index] = value
        _ = try? JournalRecord(changed[...])
      }
    }
  }

  @Test(
    "A record that is cut or has a byte too many is none",
    arguments: [
      .run, .begun(route: 1, positions: [3, 5]), .elapsed(300), .note(name: "webdav", text: "x"),
    ] as [JournalRecord])
  func exactLength(record: JournalRecord) throws {
    let bytes = record.bytes
    #expect(try JournalRecord(bytes[...]).bytes == bytes)
    #expect(throws: JournalReader.UnreadableEntry.self) { try JournalRecord((bytes + [0])[...]) }
    #expect(throws: JournalReader.UnreadableEntry.self) { try JournalRecord(bytes.dropLast()) }
  }
}
