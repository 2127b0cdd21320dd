import ByteStreams
import FoundationEssentials
import TestSupport

@testable import Campaign

/// Made-up campaigns.
enum Campaigns {
  /// A manifest of a campaign that was planned just before `now`.
  static func manifest(
    name: String = "name", created: String = "2026-01-01T00:00:00Z",
    expires: String = "2026-01-03T00:00:00Z", protected: [String] = []
  ) -> CampaignManifest {
    CampaignManifest(
      name: name, id: "test-1", rse: "T2_XX_Local", site: "T2_XX_Local", created: created,
      expires: expires, tool: "test", source: .init(location: "/list", made: created, sha256: "0"),
      protected: protected.map { .init(location: $0, read: created, entries: 1) },
      filters: .init(allow: ["/store/unmerged/"], include: [], exclude: [], maxFiles: nil),
      counts: .init(), filesPerJob: 10)
  }

  static let now = try? Date("2026-01-01T12:00:00Z", strategy: .iso8601)

  static func round(_ number: Int = 1, jobs: Int = 2) -> RoundRecord {
    RoundRecord(
      round: number, created: "2026-01-01T00:00:00Z", jobs: (1...jobs).map { .init(number: $0, files: 10) })
  }

  static func description(
    _ manifest: CampaignManifest = manifest(), round: RoundRecord = round(), config: String = "",
    target: Submission.Target = .init(), payload: String? = nil
  ) throws -> String {
    try SubmitDescription(
      manifest: manifest, round: round,
      settings: JobSettings(Array(config.utf8), name: "config.ini", site: manifest.site), target: target,
      payload: payload
    ).text()
  }

  /// A whole campaign in a directory, with a payload beside it.
  static func write(_ manifest: CampaignManifest, to directory: CampaignDirectory) throws {
    let files = FileManager.default
    let round = round()
    for job in round.jobs {
      let position = directory.round(1).job(job.id)
      try files.createDirectory(atPath: position.path, withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: URL(filePath: position.job))
      try Data("/store/unmerged/x/a\n".utf8).write(to: URL(filePath: position.list))
    }
    try CampaignFiles.write(manifest, to: directory.manifest)
    try CampaignFiles.write(round, to: directory.round(1).record)
    try NewFile.write(Array("/store/unmerged/keep\n".utf8), to: directory.round(1).protected)
    try payload(in: directory)
  }

  /// A payload that can be submitted.
  static func payload(in directory: CampaignDirectory) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: directory.payload, withIntermediateDirectories: true)
    for (name, bytes) in [(PayloadFiles.wrapper, Array("#!/bin/sh\n".utf8)), (PayloadFiles.executable, elf)] {
      try Data(bytes).write(to: URL(filePath: "\(directory.payload)/\(name)"))
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(directory.payload)/\(name)")
    }
  }

  /// The head of an executable without program headers.
  static let elf: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1] + Array(repeating: 0, count: 100)
}
