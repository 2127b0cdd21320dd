import ByteStreams
@testable import HTTPTransport
import FoundationEssentials

@testable import Campaign
@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

extension FuzzTarget {
  /// What the submitter gets from HTCondor, from servers, from jobs, and from the person who configures it.
  static let campaigns = [
    FuzzTarget("event-log") { bytes in
      let whole = events(bytes, chunk: .max)
      demand(events(bytes, chunk: 1) == whole, "one byte at a time it is another log")
      demand(events(bytes, chunk: 7) == whole, "in small chunks it is another log")
      for facts in whole.values { checkAssessments(facts) }
    },
    FuzzTarget("job-attributes") { bytes in
      guard let ads = try? JobAttributes.list(json: bytes, from: "condor_q") else { return }
      for ad in ads {
        for name in ad.names { demand(ad[name] != nil, "no \(name)") }
        checkAssessments(JobFacts(.queue, ad))
      }
    },
    FuzzTarget("configuration") { bytes in checkConfiguration(bytes.pieces(4)) },
    FuzzTarget("settings") { bytes in
      // Each piece is the value of a key that takes a text; so is the campaign's name.
      let values = bytes.pieces(texts.count + 1).map { $0.split(separator: 0x0A).first.map(Array.init) ?? [] }
      let lines = zip(texts, values).filter { !$1.isEmpty }.map { Array("\($0) = ".utf8) + $1 + [0x0A] }
      let name = Array(values[texts.count])
      for target in ["", "s", "cce.example", "gbatch slurm"] {
        checkConfiguration([Array("[site]\n".utf8) + lines.joined(), name, Array(target.utf8), []])
      }
    },
    FuzzTarget("scan-status") { bytes in
      let (rse, now) = ("T2_XX_Example", Date(timeIntervalSince1970: 1_800_000_000))
      guard let status = try? ScanStatus.read(bytes, rse: rse, source: "monitor"),
        (try? status.check(now: now, maxAge: 72, source: "monitor")) != nil
      else { return }
      demand(status.status == "done" && status.rootFailed != true, "a list of a scan that is not whole")
      let age = status.started.map { now.timeIntervalSince($0) } ?? .infinity
      demand(age <= 72 * 3600 && age >= -3600, "a list of another time")
    },
    FuzzTarget("campaign-files") { bytes in
      checkFile(bytes, CampaignManifest.schema) { (manifest: CampaignManifest) in
        if let text = try? description(of: manifest) { SubmitLines.check(text) }
      }
      checkFile(bytes, RoundRecord.schema) { (record: RoundRecord) in
        guard record.problem(in: CampaignDirectory("/c").round(record.round)) == nil else { return }
        demand(record.files >= 0, "fewer files than none")
      }
      checkFile(bytes, Submission.schema) { (submission: Submission) in _ = submission.target.scheddText }
    },
    FuzzTarget("job-evidence") { bytes in checkEvidence(bytes.pieces(2)) },
    FuzzTarget("web-address") { bytes in checkAddress(bytes.text) },
  ]

  private static func events(_ bytes: [UInt8], chunk: Int) -> [EventLog.Key: JobFacts] {
    (try? EventLog(MemorySource(bytes, chunkSize: chunk)))?.jobs ?? [:]
  }

  /// Wherever a job is said to be, there is a row for it, and words that fit on a line.
  private static func checkAssessments(_ facts: JobFacts) {
    let wrapper = ReportSummary.wrapper("no payload")
    for wasAsked in [true, false] {
      let queueState = JobStateTable.queueState(
        facts, isSpooled: wasAsked, isUnmade: false, wasAsked: wasAsked)
      for report in [ReportSummary.missing, wrapper] {
        let assessment = JobStateTable.assessment(queueState, facts, report)
        demand(assessment.row > 0, "no row for \(queueState)")
        demand(isOneLine(assessment.text ?? ""), "more than a line: \(assessment.text ?? "")")
      }
    }
    demand(isOneLine(facts.host ?? ""), "no host: \(facts.host ?? "")")
  }

  private static func isOneLine(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  private static let texts = [
    "oauth-services", "oauth-permissions.a", "container-image", "singularity-image", "x509-proxy",
    "accounting-group", "accounting-group-user", "environment.A", "environment.B", "job-class", "project",
    "requirements", "+Odd",
  ]

  /// A configuration, the campaign's name, where the jobs go, and a payload on the nodes.
  private static func checkConfiguration(_ parts: [[UInt8]]) {
    guard let settings = try? JobSettings(parts[0], name: "f", site: "T2_XX_Example") else { return }
    var target = Submission.Target()
    switch parts[2].first {
    case UInt8(ascii: "s"): target.spool = true
    case UInt8(ascii: "c"): target.ce = Array(parts[2].dropFirst()).text
    case UInt8(ascii: "g"): target.gridResource = Array(parts[2].dropFirst()).text
    default: break
    }
    let payload = parts[3].isEmpty ? nil : parts[3].text
    let manifest = manifest(name: parts[1].text)
    if let text = try? description(of: manifest, settings, target, payload: payload) {
      SubmitLines.check(text)
    }
  }

  private static func manifest(name: String) -> CampaignManifest {
    CampaignManifest(
      name: name, id: "c-1", rse: "T2_XX_Example", site: "T2_XX_Example", created: "2026-01-01T00:00:00Z",
      expires: "2026-01-04T00:00:00Z", tool: "t",
      source: .init(location: "/l", made: "2026-01-01T00:00:00Z", sha256: ""), protected: [],
      filters: .init(allow: [], include: [], exclude: [], maxFiles: nil), counts: .init(), filesPerJob: 2)
  }

  private static func description(
    of manifest: CampaignManifest, _ settings: JobSettings = JobSettings(),
    _ target: Submission.Target = .init(), payload: String? = nil
  ) throws -> String {
    let jobs = (1...20).map { RoundRecord.Job(number: $0, files: 2) }
    return try SubmitDescription(
      manifest: manifest, round: RoundRecord(round: 1, created: manifest.created, jobs: jobs),
      settings: settings, target: target, payload: payload
    ).text()
  }

  /// What can be read is written again and says the same.
  private static func checkFile<Value: Codable & Equatable>(
    _ bytes: [UInt8], _ schema: String, _ check: (Value) -> Void
  ) {
    guard let value: Value = try? CampaignFiles.value(bytes, schema, name: "f") else { return }
    let again: Value? = try? CampaignFiles.value(CampaignFiles.text(value), schema, name: "f")
    demand(again == value, "it was written otherwise")
    check(value)
  }

  /// A job's list and its report: nothing counts that cannot be believed.
  private static func checkEvidence(_ parts: [[UInt8]]) {
    let directory = JobDirectory(id: JobID(1), path: "/nowhere")
    let owner = ReportOwner(manifest: manifest(name: "c"), id: JobID(1), cluster: 1, process: 0)
    let evidence = JobEvidence(
      directory, list: { MemorySource(parts[0]) }, report: { MemorySource(parts[1]) },
      job: .init(number: 1, files: 2), owner: owner)
    for (first, second) in zip(evidence.list, evidence.list.dropFirst()) {
      demand(LFNOrder.precedes(first, second), "\(second) is not behind \(first)")
    }
    demand(evidence.records.count == evidence.list.count, "\(evidence.records.count) records")
    for (lfn, record) in zip(evidence.list, evidence.records) {
      demand(record.map { ExactName.same($0.lfn, lfn) } ?? true, "another file's record for \(lfn)")
    }
    let gone = evidence.records.count { $0?.outcome == .deleted || $0?.outcome == .absent }
    switch evidence.summary {
    case .missing, .broken:
      demand(evidence.report == nil && gone == 0, "\(gone) gone by a report that is none")
    case .wrapper: demand(evidence.report == nil, "the wrapper's word for the payload's")
    case .complete(_, _, let sums): demand(gone <= sums.gone, "\(gone) gone where it says \(sums.gone)")
    case .incomplete: break
    }
  }

  /// An address is the same when it is read again, and what is shown of it, or said against it, is no secret.
  private static func checkAddress(_ text: String) {
    let address: HTTPURL
    do {
      address = try HTTPURL(option: text)
    } catch {
      let bare = text.utf8.prefix { $0 != UInt8(ascii: "?") }
      let query = String(Substring(text.utf8.dropFirst(bare.count + 1)))
      // What stands before the query as well is no secret.
      if query.utf8.count >= 8, !String(Substring(bare)).contains(query) {
        demand(!error.description.contains(query), "a query is told: \(error)")
      }
      return
    }
    demand((try? HTTPURL(option: address.url)) == address, "another address: \(address.url)")
    let shown = address.description
    demand(isOneLine(shown), "more than a line: \(shown)")
    let query = shown.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
    for parameter in query.split(separator: UInt8(ascii: "&")) {
      let name = parameter.prefix { $0 != UInt8(ascii: "=") }
      let isHarmless = ["rse", "format", "run", "include", "exclude"].contains {
        name.elementsEqual($0.utf8)
      }
      // One that is cut off in the middle has lost its end.
      demand(isHarmless || shown.utf8.count >= 500, "a parameter is shown: \(shown)")
    }
    _ = try? ConsistencyMonitor(address, rse: "T2_XX_Example")
  }
}
