import ByteStreams
import ListReading

/// Reads lists as a job does.
package enum ListFile {
  /// The names of a list in any form.
  package static func names(_ path: String) throws -> [String] {
    var reader = LFNListReader(try FileSource(path: path), name: path)
    var names: [String] = []
    while let batch = try reader.nextBatch(limit: 1000) { names += batch.map(\.text) }
    return names
  }
}
