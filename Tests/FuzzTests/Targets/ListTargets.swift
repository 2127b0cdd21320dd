import ByteStreams

@testable import CondorJob
@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

extension FuzzTarget {
  /// What an operator and HTCondor hand in.
  static let lists = [
    FuzzTarget("list", fixtures: ["plain.txt", "array.json", "lines.jsonl", "plain.txt.gz", "bom-crlf.txt"]) {
      bytes in
      // Whatever the chunks that it comes in, a list says the same.
      let whole = names(bytes, chunk: .max)
      demand(names(bytes, chunk: 1) == whole, "one byte at a time it is another list")
      demand(names(bytes, chunk: 7) == whole, "in small chunks it is another list")
    },
    FuzzTarget("protected-list", fixtures: ["protected.txt", "protected-wmstats.json"]) { bytes in
      _ = try? ProtectedListReader.read(MemorySource(bytes), name: "f") { _ in }
    },
    FuzzTarget("job-file") { bytes in _ = try? JobFile(json: bytes, name: "f") },
    FuzzTarget("job-report") { bytes in _ = try? JobReport(json: bytes, name: "f") },
    FuzzTarget("journal") { bytes in
      if case .record(let range) = JournalFrame.read(bytes[...], at: 0) {
        demand(range.upperBound <= bytes.count, "a record beyond the end")
      }
      // What can be read is written again and says the same.
      guard let record = try? JournalRecord(bytes[...]) else { return }
      var framed: [UInt8] = []
      JournalFrame.append(record.bytes, to: &framed)
      guard case .record(let range) = JournalFrame.read(framed[...], at: 0),
        let again = try? JournalRecord(framed[range])
      else { return demand(false, "what was written can't be read") }
      demand(again.bytes == record.bytes, "it was written otherwise")
    },
    FuzzTarget("chirp-configuration") { bytes in
      _ = ChirpCommand.isGood(bytes)
      guard let configuration = ChirpConfiguration(bytes) else { return }
      demand((1...65_535).contains(configuration.port), "port \(configuration.port)")
      let message = [Array(configuration.host.utf8), configuration.cookie]
      demand(message.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 > 0x20 } }, "a word that is none")
    },
    FuzzTarget("job-ad") { bytes in
      let ad = JobAd(bytes)
      for name in ["ClusterId", "x509userproxy", "GLIDEIN_CMSSite", ""] {
        _ = ad.string(name)
        _ = ad.integer(name)
      }
    },
  ]

  /// The names of a list, and whether it could be read to its end.
  private static func names(_ bytes: [UInt8], chunk: Int) -> [String] {
    var reader = LFNListReader(MemorySource(bytes, chunkSize: chunk), name: "f")
    var names: [String] = []
    do {
      while let batch = try reader.nextBatch(limit: 100) {
        demand(!batch.isEmpty && batch.count <= 100, "a batch of \(batch.count)")
        names += batch.map { "\($0.isValidUTF8) \($0.text)" }
      }
    } catch {
      // How far one gets before a flaw is seen may depend on the chunks; that there is one may not.
      return ["a flaw"]
    }
    return names
  }
}
