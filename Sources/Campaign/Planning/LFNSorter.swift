import ByteStreams

/// Brings any number of LFNs into ``LFNOrder`` and drops those that were there before, in bounded memory: sorted parts
/// go to an unnamed temporary file, and are merged from there.
package struct LFNSorter: Sendable {
  /// About the most bytes of LFNs that are kept in memory.
  package static let defaultMemory = 64 << 20

  private let spoolDirectory: String
  private let memory: Int
  private var buffer = SortBuffer()
  private var spool: SpoolFile?
  private var end: Int64 = 0
  private var runs: [SortedRun] = []
  private var duplicates = 0
  /// LFNs that were added.
  package private(set) var count = 0

  /// Sorts nothing yet.
  ///
  /// - Parameters:
  ///   - spoolDirectory: where the temporary file is made.
  ///   - memory: about how many bytes of LFNs are kept in memory.
  package init(spoolDirectory: String, memory: Int = defaultMemory) {
    self.spoolDirectory = spoolDirectory
    // Positions in the buffer are numbers of 32 bits.
    self.memory = min(memory, 1 << 31)
  }

  /// Adds an LFN. Throws `FileError` where the temporary file can't be written, ``CampaignError`` for what does not
  /// begin with a slash.
  package mutating func add(_ lfn: String) throws {
    var lfn = lfn
    try lfn.withUTF8 { try add($0) }
  }

  mutating func add(_ lfn: UnsafeBufferPointer<UInt8>) throws {
    guard let directory = LFNOrder.directoryLength(lfn) else {
      throw CampaignError(.internalError, "no LFN: \(String(decoding: lfn, as: UTF8.self))")
    }
    buffer.add(lfn, directory: directory)
    count += 1
    if buffer.size >= memory { try spoolBuffer() }
  }

  /// Gives all LFNs in their order, each once. To be called once, when all have been added.
  ///
  /// - Returns: how many had been there before.
  /// - Throws: `FileError`, and what `each` throws.
  package mutating func merge(_ each: (UnsafeBufferPointer<UInt8>) throws -> Void) throws -> Int {
    if !buffer.isEmpty { try spoolBuffer() }
    buffer = SortBuffer()
    var merge = try RunMerge(runs)
    runs = []
    try merge.run(each)
    return duplicates + merge.duplicates
  }

  private mutating func spoolBuffer() throws {
    var file = try spool ?? SpoolFile(in: spoolDirectory, name: "temporary file of the sorted list")
    spool = file
    var writer = SortedRun.Writer()
    duplicates += try buffer.sorted(
      directory: { try writer.directory($0, names: $1, to: &file) }, name: { try writer.name($0, to: &file) })
    try writer.finish(&file)
    runs.append(SortedRun(file.openFile, at: end, directories: writer.directories))
    end += writer.size
    buffer.removeAll()
  }
}
