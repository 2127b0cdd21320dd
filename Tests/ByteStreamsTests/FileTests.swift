import ByteStreams
import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@Suite struct FileTests {
  @Test func readsWhatWasWritten() throws {
    let scratch = try TemporaryDirectory()
    let text = sampleText(lines: 20_000)
    let path = try scratch.add("list.txt", text)
    #expect(try collected(FileSource(path: path)) == text)
    #expect(try collected(FileSource(OpenFile(reading: path), at: 100)) == Array(text[100...]))
    #expect(try FileSource.contents(of: path) == text)
    #expect(throws: FileError(path: path, operation: .read, errno: .fileTooLarge)) {
      try FileSource.contents(of: path, limit: 1000)
    }
  }

  @Test func errorsNameTheFile() throws {
    let scratch = try TemporaryDirectory()
    let missing = #expect(throws: FileError.self) { try FileSource(path: scratch.path + "/no\n.txt") }
    #expect(
      missing?.description == "\(scratch.path)/no?.txt: cannot be read: No such file or directory")
    #expect(missing?.isMissing == true)
    let isDirectory = #expect(throws: FileError.self) { try collected(FileSource(path: scratch.path)) }
    #expect(isDirectory?.errno == .isDirectory)
    #expect(isDirectory?.isMissing == false)
  }

  @Test func onlyRegularFilesWhereAskedFor() throws {
    let scratch = try TemporaryDirectory()
    let path = try scratch.add("list.txt", Array("one".utf8))
    try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: path)
    #expect(try FileSource.contents(of: scratch.path + "/link", regular: true) == Array("one".utf8))
    let pipe = scratch.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for (name, errno) in [
      (pipe, Errno.notSupported), ("/dev/zero", .notSupported), (scratch.path, .isDirectory),
    ] {
      let error = #expect(throws: FileError.self) { try FileSource.contents(of: name, regular: true) }
      #expect(error == FileError(path: name, operation: .read, errno: errno))
    }
    #expect(throws: FileError(path: path, operation: .create, errno: .fileExists)) {
      try FileSink(creating: path)
    }
    let dangling = scratch.path + "/dangling"
    try FileManager.default.createSymbolicLink(
      atPath: dangling, withDestinationPath: scratch.path + "/elsewhere")
    #expect(throws: FileError(path: dangling, operation: .create, errno: .fileExists)) {
      try FileSink(creating: dangling)
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/elsewhere"))
  }

  @Test func appending() throws {
    let scratch = try TemporaryDirectory()
    let path = scratch.path + "/journal"
    for word in ["one ", "two "] {
      var sink = try FileSink(appendingTo: path)
      try sink.write(Array(word.utf8))
      try sink.synchronize()
      try sink.finish()
    }
    #expect(try FileSource.contents(of: path) == Array("one two ".utf8))
  }

  @Test func spoolReadsBackAndLeavesNothing() throws {
    let scratch = try TemporaryDirectory()
    let text = sampleText(lines: 20_000)
    var spool = try SpoolFile(in: scratch.path)
    try spool.append(contentsOf: MemorySource(text, chunkSize: 1000))
    #expect(try collected(spool.source()) == text)
    #expect(try collected(spool.source()) == text)
    #expect(scratch.names == [])
    let error = #expect(throws: FileError.self) { try SpoolFile(in: scratch.path + "/none") }
    #expect(error?.operation == .create)
    #expect(SpoolFile.directory(environment: [:]) == "/tmp")
    #expect(SpoolFile.directory(environment: ["TMPDIR": ""]) == "/tmp")
    #expect(SpoolFile.directory(environment: ["TMPDIR": "/scratch"]) == "/scratch")
  }
}

@Suite struct AtomicFileTests {
  @Test func replacesOnlyWhenWhole() throws {
    let scratch = try TemporaryDirectory()
    let path = try scratch.add("report.json", Array("old".utf8))
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFile.replace(path) { file in
        try file.write([UInt8](repeating: 65, count: 1 << 20))
        #expect(scratch.names.count == 2)
        throw Stop()
      }
    }
    #expect(try FileSource.contents(of: path) == Array("old".utf8))
    #expect(scratch.names == ["report.json"])
    try AtomicFile.replace(path) { try $0.write(Array("new".utf8)) }
    #expect(try FileSource.contents(of: path) == Array("new".utf8))
    #expect(scratch.names == ["report.json"])
    // Not readable for its writer only, as temporary files usually are.
    let mask = umask(0)
    umask(mask)
    let mode = try Stat(FilePath(path)).permissions.rawValue
    #expect(mode == 0o666 & ~mask)
  }

  @Test func gzipsByName() throws {
    let scratch = try TemporaryDirectory()
    let path = scratch.path + "/report.json.gz"
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
    let scratch = try TemporaryDirectory()
    let path = try scratch.add("real", Array("old".utf8))
    let link = scratch.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
    try AtomicFile.replace(link) { try $0.write(Array("new".utf8)) }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real")
    #expect(try FileSource.contents(of: path) == Array("new".utf8))
  }

  @Test func ownFilesReplaceOnlyRegularFiles() throws {
    let scratch = try TemporaryDirectory()
    let precious = try scratch.add("precious", Array("old".utf8))
    let (link, pipe) = (scratch.path + "/link", scratch.path + "/pipe")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: precious)
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [link, pipe, "/dev/null", scratch.path] {
      let error = #expect(throws: FileError.self) {
        try AtomicFile.replace(path, .own) { try $0.write(Array("new".utf8)) }
      }
      #expect(error?.operation == .replace)
      if path == link {
        #expect(
          error?.description.hasSuffix("it is a symbolic link, and none is followed here") == true)
      }
    }
    #expect(try FileSource.contents(of: precious) == Array("old".utf8))
    try AtomicFile.replace(precious, .secret) { try $0.write(Array("new".utf8)) }
    #expect(try FileSource.contents(of: precious) == Array("new".utf8))
    #expect(try Stat(FilePath(precious)).permissions == [.ownerReadWrite])
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

  @Test func badPaths() throws {
    let scratch = try TemporaryDirectory()
    #expect(throws: FileError(path: scratch.path, operation: .write, errno: .isDirectory)) {
      try AtomicFile.replace(scratch.path) { _ in }
    }
    let path = scratch.path + "/none/report"
    #expect(throws: FileError(path: path, operation: .create, errno: .noSuchFileOrDirectory)) {
      try AtomicFile.replace(path) { _ in }
    }
    // Also for root there are directories in which nothing can be made.
    #expect(throws: FileError.self) { try AtomicFile.replace("/proc/self/report.json") { _ in } }
  }

  @Test func longNames() throws {
    let scratch = try TemporaryDirectory()
    let name = String(repeating: "n", count: 255)
    try AtomicFile.replace(scratch.path + "/" + name) { try $0.write([65]) }
    #expect(scratch.names == [name])
  }
}
