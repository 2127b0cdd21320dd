import ByteStreams
import Testing

@testable import DeletionModel
@testable import JobReports
@testable import ListReading

/// What is read of an entry of `files` without `JSONDecoder` is what `JSONDecoder` reads.
@Suite struct FileEntryScanTests {
  /// Entries, and whether they are as our own reports have them.
  static let entries: [(text: String, isOurs: Bool)] = [
    (#"{"lfn":"/store/unmerged/a","outcome":"deleted","attempts":1,"seconds":0.000123}"#, true),
    (
      #"{"lfn":"/s/é","pfn":"root://h//s/é","rse":"T2_XX","backend":"xroot","outcome":"absent","attempts":0,"seconds":12,"confirmedBy":"absent"}"#,
      true
    ),
    (#"{"lfn":"a","pfn":null,"rse":null,"backend":null,"outcome":"failed","attempts":7,"seconds":0}"#, true),
    (
      #"{"seconds":999999999.999999,"attempts":4294967296,"outcome":"refused","lfn":"","bytes":123456789012}"#,
      true
    ),
    (#"{"lfn":"a","outcome":"notAttempted","attempts":0,"seconds":0.1}"#, true),
    (#"{"lfn":"a\n","outcome":"deleted","attempts":1,"seconds":0}"#, false),
    (#"{"lfn":"a", "outcome":"deleted","attempts":1,"seconds":0}"#, false),
    (#"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":1e-3}"#, false),
    (#"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":0.1234567}"#, false),
    (#"{"lfn":"a","outcome":"deleted","attempts":1.0,"seconds":1}"#, false),
    (#"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":1,"later":[{"x":"y"}]}"#, false),
    (
      #"{"lfn":"a","outcome":"failed","attempts":1,"seconds":1,"error":{"class":"auth","code":"401","message":"no"}}"#,
      false
    ),
  ]

  private static func scan(_ text: [UInt8]) -> (file: JobReport.File, end: Int)? {
    text.withUnsafeBufferPointer { FileEntryScan.entry(in: $0, from: 0) }
  }

  private static func stream(_ entries: [[UInt8]]) throws -> [JobReport.File] {
    let json =
      Array(#"{"files":["#.utf8) + Array(entries.joined(separator: [UInt8(ascii: ",")])) + Array("]}".utf8)
    var stream = ReportStream(MemorySource(json), name: "report")
    var files: [JobReport.File] = []
    while let some = try stream.nextFiles(limit: 3) { files += some }
    return files
  }

  @Test(arguments: entries.indices) func `an entry is read as JSONDecoder reads it`(_ index: Int) throws {
    let (text, isOurs) = Self.entries[index]
    let bytes = Array(text.utf8)
    let expected = try JobReport.files(json: Array("[\(text)]".utf8), name: "report")
    let scanned = Self.scan(bytes)
    #expect((scanned != nil) == isOurs)
    if let scanned {
      #expect("\(scanned.file)" == "\(expected[0])" && scanned.end == bytes.count)
      #expect(scanned.file.seconds == expected[0].seconds)
    }
    #expect("\(try Self.stream([bytes]))" == "\(expected)")
  }

  @Test func `both kinds stay in their order`() throws {
    let all = Self.entries.map { Array($0.text.utf8) } + Self.entries.reversed().map { Array($0.text.utf8) }
    let expected = try JobReport.files(
      json: [0x5B] + Array(all.joined(separator: [0x2C])) + [0x5D], name: "report")
    #expect("\(try Self.stream(all))" == "\(expected)")
  }

  /// What `JSONDecoder` refuses is not let through, cut short or changed anywhere.
  @Test func `nothing else is taken for an entry`() throws {
    for text in [
      #"{"lfn":"a","outcome":"gone","attempts":1,"seconds":0}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":01,"seconds":0}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":-1,"seconds":0}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":4294967297,"seconds":0}"#,
      #"{"lfn":"a","lfn":"b","outcome":"deleted","attempts":1,"seconds":0}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":1}"#,
      #"{"lfn":null,"outcome":"deleted","attempts":1,"seconds":0}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":0,}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":.5}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":1.}"#,
      #"{"lfn":"a","outcome":"deleted","attempts":1,"seconds":nul}"#,
    ] {
      #expect(Self.scan(Array(text.utf8)) == nil, "\(text)")
      #expect(throws: (any Error).self, "\(text)") { try Self.stream([Array(text.utf8)]) }
    }
    let whole = Array(Self.entries[1].text.utf8)
    for count in whole.indices { #expect(Self.scan(Array(whole[..<count])) == nil) }
    for index in whole.indices {
      var changed = whole
      changed[index] = 0xFF
      #expect(Self.scan(changed) == nil, "\(index)")
    }
  }
}
