import ByteStreams
import Campaign
import FoundationEssentials

/// Reads and writes the state of an RSE together with its history, so that no kill loses or doubles a line.
///
/// The newest event is in `state.json` as well, which is replaced first. Whoever reads it next writes the line that a kill
/// has kept out of `history.jsonl`, and cuts off one that was written in part.
package enum RSEHistory {
  /// Reads the state, and mends the history; nil where there is none. Throws ``CampaignError``, `FileError`.
  package static func load(_ directory: RSEDirectory) throws -> RSEState? {
    let state = try state(directory)
    let last = try mend(directory.history)
    if let event = state?.event, last < event.sequence { try append(event, to: directory.history) }
    return state
  }

  /// Reads the state, and changes nothing; nil where there is none. Throws ``CampaignError``.
  package static func state(_ directory: RSEDirectory) throws -> RSEState? {
    guard FileManager.default.fileExists(atPath: directory.state) else { return nil }
    return try CampaignFiles.read(directory.state, RSEState.schema)
  }

  /// Writes the state, with a new event if there is one. Throws `FileError`.
  package static func save(_ state: inout RSEState, _ event: RSEState.Event?, to directory: RSEDirectory)
    throws
  {
    if var event {
      state.sequence += 1
      event.sequence = state.sequence
      state.event = event
    }
    try CampaignFiles.write(state, to: directory.state)
    if event != nil, let event = state.event { try append(event, to: directory.history) }
  }

  /// The events, the oldest first. Lines that can't be read are passed over: a person may have been at them.
  package static func events(_ directory: RSEDirectory) -> [RSEState.Event] {
    guard let bytes = try? FileSource.contents(of: directory.history, limit: 256 << 20, regular: true) else {
      return []
    }
    let decoder = JSONDecoder()
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      try? decoder.decode(RSEState.Event.self, from: Data($0))
    }
  }

  private static func append(_ event: RSEState.Event, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var sink = try FileSink(appendingTo: path)
    try sink.write(Array(try encoder.encode(event)) + [0x0A])
    try sink.finish()
  }

  /// Cuts off what a kill has left of a line.
  ///
  /// - Returns: the number of the last event; 0 for none.
  private static func mend(_ path: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: path) else { return 0 }
    let bytes = try FileSource.contents(of: path, limit: 256 << 20, regular: true)
    let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    if whole < bytes.count { try LockedFile(path).truncate(to: Int64(whole)) }
    guard let line = bytes[..<whole].split(separator: 0x0A).last else { return 0 }
    return (try? JSONDecoder().decode(RSEState.Event.self, from: Data(line)))?.sequence ?? 0
  }
}
