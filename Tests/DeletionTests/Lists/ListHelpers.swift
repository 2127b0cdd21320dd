import ByteStreams
import DeletionModel
import ListReading
import FoundationEssentials

/// The directory of the lists that come with the sources.
let listFixtures =
  #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
  + "/Fixtures/lists"

/// Reads a whole list that comes in chunks of one size.
func readList(_ bytes: [UInt8], chunkSize: Int = .max, limit: Int = 100) throws -> [ListedLFN] {
  var reader = LFNListReader(MemorySource(bytes, chunkSize: chunkSize), name: "list")
  var names: [ListedLFN] = []
  while let batch = try reader.nextBatch(limit: limit) { names += batch }
  return names
}

func readList(_ text: String, chunkSize: Int = .max, limit: Int = 100) throws -> [ListedLFN] {
  try readList(Array(text.utf8), chunkSize: chunkSize, limit: limit)
}

func fixture(_ name: String) throws -> [UInt8] {
  try FileSource.contents(of: listFixtures + "/" + name)
}

/// Names that are taken as they are.
func listed(_ names: [String]) -> [ListedLFN] { names.map { ListedLFN(text: $0) } }

/// A file in the temporary directory, removed by the caller.
func temporaryFile(_ bytes: [UInt8]) throws -> String {
  let path = FileManager.default.temporaryDirectory.path + "/swab-list-\(UInt64.random(in: 0 ... .max))"
  try AtomicFile.replace(path) { try $0.write(bytes) }
  return path
}

/// Bytes that never end, or nearly so, without memory for them.
struct RepeatingSource: ByteSource {
  let prefix: String
  let byte: Character
  let length: Int
  var given = 0

  mutating func next() -> [UInt8]? {
    defer { given += 1 << 18 }
    if given == 0 { return Array(prefix.utf8) }
    return given > length ? nil : Array(String(repeating: byte, count: 1 << 18).utf8)
  }
}
