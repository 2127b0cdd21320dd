import ByteStreams
import FoundationEssentials

/// Reads and writes the JSON files of a campaign.
package enum CampaignFiles {
  /// The most bytes that one of them may have.
  private static let limit = 256 << 20

  /// Reads the manifest of a campaign. Throws ``CampaignError``.
  package static func manifest(_ directory: CampaignDirectory) throws -> CampaignManifest {
    try read(directory.manifest, CampaignManifest.schema)
  }

  /// Reads what a round consists of. Throws ``CampaignError``.
  package static func round(_ directory: RoundDirectory) throws -> RoundRecord {
    let record: RoundRecord = try read(directory.record, RoundRecord.schema)
    if let problem = record.problem(in: directory) {
      throw CampaignError(.badInput, "\(directory.record): \(problem): was it changed?")
    }
    return record
  }

  /// Reads where a round is; nil where it has not been submitted. Throws ``CampaignError``.
  package static func submission(_ directory: RoundDirectory) throws -> Submission? {
    guard FileManager.default.fileExists(atPath: directory.submission) else { return nil }
    return try read(directory.submission, Submission.schema)
  }

  /// The rounds that there are, in order; the first one always is. Throws ``CampaignError``, also where a later one has lost
  /// its record: its jobs may be at work.
  package static func rounds(_ directory: CampaignDirectory) throws -> [RoundRecord] {
    try roundDirectories(directory).map(round)
  }

  /// The directories of the rounds, in order. One appears with all that belongs to it, so any of that tells of it.
  static func roundDirectories(_ directory: CampaignDirectory) -> [RoundDirectory] {
    var rounds = [directory.round(1)]
    while true {
      let next = directory.round(rounds.count + 1)
      guard
        [next.record, next.submission, next.jobs].contains(where: FileManager.default.fileExists(atPath:))
      else { return rounds }
      rounds.append(next)
    }
  }

  /// Writes one of the files, whole or not at all. Throws `FileError`.
  package static func write(_ value: some Encodable, to path: String) throws {
    let bytes = try text(value)
    try AtomicFile.replace(path, .own) { try $0.write(bytes) }
  }

  /// JSON that a person can read, with a line end.
  package static func text(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0A]
  }

  private struct Head: Decodable { var schema: String? }

  /// Reads a JSON document that has a `schema` in it. Throws ``CampaignError``.
  package static func read<Value: Decodable>(_ path: String, _ schema: String) throws -> Value {
    let bytes: [UInt8]
    do {
      bytes = try FileSource.contents(of: path, limit: limit, regular: true)
    } catch {
      throw CampaignError(.noInput, "\(error)")
    }
    return try value(bytes, schema, name: path)
  }

  /// What the bytes of one of the files say.
  ///
  /// - Parameter name: the file, for messages.
  /// - Throws: ``CampaignError``.
  static func value<Value: Decodable>(_ bytes: [UInt8], _ schema: String, name: String) throws -> Value {
    let data = Data(bytes)
    do {
      try JSONDocument.check(bytes)
      let found = try JSONDecoder().decode(Head.self, from: data).schema
      guard found == schema else {
        throw CampaignError(
          .badInput,
          "\(name): its schema is \(found.map { "\"\($0)\"" } ?? "missing"); this version reads \"\(schema)\""
        )
      }
      return try JSONDecoder().decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw CampaignError(.badInput, "\(name): \(error.problem(with: schema))")
    } catch let error as TextError {
      throw CampaignError(.badInput, "\(name): it is not valid JSON: \(error)")
    }
  }
}
