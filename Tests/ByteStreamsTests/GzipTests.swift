import ByteStreams
import Testing

@Suite struct GzipTests {
  @Test(arguments: [1, 2, 3, 7, 4096, Int.max])
  func chunksDoNotMatter(size: Int) throws {
    let text = sampleText(lines: 2000)
    let packed = try gzipped(text)
    #expect(packed.count < text.count / 2)
    #expect(try collected(sniffed(MemorySource(packed, chunkSize: size))) == text)
    #expect(try collected(sniffed(MemorySource(text, chunkSize: size))) == text)
  }

  @Test func membersAndPadding() throws {
    let first = try gzipped(Array("first\n".utf8))
    let second = try gzipped(Array("second\n".utf8))
    let empty = try gzipped([])
    for size in [1, 2, 3, 7, .max] {
      let members = first + empty + second + [0, 0, 0]
      let text = try collected(sniffed(MemorySource(members, chunkSize: size)))
      #expect(String(decoding: text, as: UTF8.self) == "first\nsecond\n")
      for garbage: [UInt8] in [[1], [0, 0, 1], Array("tail".utf8), [0] + first] {
        #expect(throws: GzipError.trailingGarbage) {
          try collected(sniffed(MemorySource(members.dropLast(3) + garbage, chunkSize: size)))
        }
      }
    }
  }

  @Test func cutAtEveryByte() throws {
    let packed = try gzipped(sampleText(lines: 20))
    for length in 2..<packed.count {
      #expect(throws: GzipError.truncated, "cut after \(length) bytes") {
        try collected(sniffed(MemorySource(Array(packed[..<length]))))
      }
      // As a second member it must be found as well.
      #expect(throws: GzipError.truncated) {
        try collected(sniffed(MemorySource(packed + packed[..<length])))
      }
    }
    for length in 0..<2 {
      #expect(try collected(sniffed(MemorySource(Array(packed[..<length])))) == Array(packed[..<length]))
    }
  }

  @Test func damageIsFound() throws {
    let text = sampleText(lines: 20)
    let packed = try gzipped(text)
    // The flags, time and system of the header carry no check.
    for index in 10..<packed.count {
      var damaged = packed
      damaged[index] ^= 0x55
      #expect(throws: GzipError.self, "byte \(index)") { try collected(sniffed(MemorySource(damaged))) }
    }
  }

  @Test func expansionIsBounded() throws {
    let packed = try gzipped([UInt8](repeating: 0, count: 20 << 20))
    var source = try sniffed(MemorySource(packed))
    var total = 0
    while let chunk = try source.next() {
      #expect(chunk.count <= 256 * 1024)
      total += chunk.count
    }
    #expect(total == 20 << 20)
    #expect(try source.next() == nil)
  }
}
