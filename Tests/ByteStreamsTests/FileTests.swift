import ByteStreams
import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@Suite struct FileTests {
  @Test func readsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let text = sampleText(lines: 20_000)
    let path = try folder.add("list.txt", text)
    #expect(try collected(FileSource(path: path)) == text)
    #expect(try collected(FileSource(OpenFile(reading: path), at: 100)) == Array(text[100...]))
    #expect(try FileSource.contents(of: path) == text)
    #expect(throws: FileError(path: path, operation: .read, errno: .fileTooLarge)) {
      try FileSource.contents(of: path, limit: 1000)
    }
  }

  @Test func errorsNameTheFile() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: FileError.self) { try FileSource(path: folder.path + "/no\n.txt") }
    #expect(
      missing?.description == "\(folder.path)/no?.txt: cannot be read: No such file or directory")
    #expect(missing?.isMissing == true)
    let isFolder = #expect(throws: FileError.self) { try collected(FileSource(path: folder.path)) }
    #expect(isFolder?.errno == .isDirectory)
    #expect(isFolder?.isMissing == false)
  }

  @Test func appending() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/journal"
    for word in ["one ", "two "] {
      var sink = try FileSink(appendingTo: path)
      try sink.write(Array(word.utf8))
      try sink.synchronize()
      try sink.finish()
    }
    #expect(try FileSource.contents(of: path) == Array("one two ".utf8))
  }

  @Test func spoolReadsBackAndLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let text = sampleText(lines: 20_000)
    var spool = try SpoolFile(in: folder.path)
    try spool.append(contentsOf: MemorySource(text, chunkSize: 1000))
    #expect(try collected(spool.source()) == text)
    #expect(try collected(spool.source()) == text)
    #expect(folder.names == [])
    let error = #expect(throws: FileError.self) { try SpoolFile(in: folder.path + "/none") }
    #expect(error?.operation == .create)
    #expect(SpoolFile.folder(environment: [:]) == "/tmp")
    #expect(SpoolFile.folder(environment: ["TMPDIR": ""]) == "/tmp")
    #expect(SpoolFile.folder(environment: ["TMPDIR": "/scratch"]) == "/scratch")
  }
}

@Suite struct AtomicFileTests {
  @Test func replacesOnlyWhenWhole() throws {
    let folder = try TemporaryFolder()
    let path = try folder.add("report.json", Array("old".utf8))
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFile.replace(path) { file in
        try file.write([UInt8](repeating: 65, count: 1 << 20))
        #expect(folder.names.count == 2)
        throw Stop()
      }
    }
    #expect(try FileSource.contents(of: path) == Array("old".utf8))
    #expect(folder.names == ["report.json"])
    try AtomicFile.replace(path) { try $0.write(Array("new".utf8)) }
    #expect(try FileSource.contents(of: path) == Array("new".utf8))
    #expect(folder.names == ["report.json"])
    // Not readable for its writer only, as temporary files usually are.
    let mask = umask(0)
    umask(mask)
    let mode = try Stat(FilePath(path)).permissions.rawValue
    #expect(mode == 0o666 & ~mask)
  }

  @Test func gzipsByName() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/report.json.gz"
    let text = sampleText(lines: 10_000)
    try AtomicFile.replace(path) { file in
      for start in stride(from: 0, to: text.count, by: 999) {
        try file.write(Array(text[start..<min(start + 999, text.count)]))
      }
    }
    #expect(try FileSource.contents(of: path).count < text.count / 2)
    #expect(try collected(sniffed(FileSource(path: path))) == text)
  }

  @Test func followsLinksAndKeepsThem() throws {
    let folder = try TemporaryFolder()
    let path = try folder.add("real", Array("old".utf8))
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
    try AtomicFile.replace(link) { try $0.write(Array("new".utf8)) }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real")
    #expect(try FileSource.contents(of: path) == Array("new".utf8))
  }

  @Test func devicesStayDevices() throws {
    try AtomicFile.replace("/dev/null") { try $0.write(Array("gone".utf8)) }
    #expect(try Stat(FilePath("/dev/null")).type == .characterSpecial)
  }

  @Test func aFullDiskIsAnError() throws {
    // The kernel's own device for this; a full file system gives the same error.
    let error = #expect(throws: FileError.self) {
      try AtomicFile.replace("/dev/full") { try $0.write(Array("x".utf8)) }
    }
    #expect(error == FileError(path: "/dev/full", operation: .write, errno: .noSpace))
  }

  @Test func whatFailedOnceIsNotCommitted() throws {
    var file = try AtomicFile("/dev/full")
    #expect(throws: FileError.self) { try file.write([UInt8](repeating: 65, count: 1 << 20)) }
    // There is nothing left to write, but what was lost is missed.
    #expect(throws: FileError.self) { try file.commit() }
  }

  @Test func badPlaces() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError(path: folder.path, operation: .write, errno: .isDirectory)) {
      try AtomicFile.replace(folder.path) { _ in }
    }
    let path = folder.path + "/none/report"
    #expect(throws: FileError(path: path, operation: .create, errno: .noSuchFileOrDirectory)) {
      try AtomicFile.replace(path) { _ in }
    }
    // Also for root there are folders in which nothing can be made.
    #expect(throws: FileError.self) { try AtomicFile.replace("/proc/self/report.json") { _ in } }
  }

  @Test func longNames() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: 255)
    try AtomicFile.replace(folder.path + "/" + name) { try $0.write([65]) }
    #expect(folder.names == [name])
  }
}
