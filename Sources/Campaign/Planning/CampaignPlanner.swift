import ByteStreams
import HTTPTransport
import DeletionModel
import FoundationEssentials
import SystemPackage

/// Makes campaigns: reads the lists, leaves out what must stay, sorts and cuts the rest into jobs, and writes the directory.
/// Deletes nothing.
package struct CampaignPlanner: Sendable {
  /// What is never planned, for `--help`.
  package static var ownExclusions: [String] { ListFilter.ownExclusions }

  /// How lists are fetched.
  private let web: any ListClient
  /// The program and its version, for the manifest.
  private let tool: String
  private let now: @Sendable () -> Date
  private let stop: StopSignal
  private let sortMemory: Int

  /// Makes a planner.
  ///
  /// - Parameters:
  ///   - web: how lists are fetched.
  ///   - tool: the program and its version.
  ///   - stop: once it is set, planning ends and leaves nothing behind.
  ///   - sortMemory: see ``LFNSorter``.
  package init(
    web: any ListClient, tool: String, now: @escaping @Sendable () -> Date = { Date() },
    stop: StopSignal = StopSignal(), sortMemory: Int = LFNSorter.defaultMemory
  ) {
    self.web = web
    self.stop = stop
    self.tool = tool
    self.now = now
    self.sortMemory = sortMemory
  }

  /// Makes a campaign's directory, whole or not at all.
  ///
  /// - Parameter noting: told what is read or made next: an error is then of that.
  /// - Throws: ``CampaignError``, `FileError`, `ListError`: one line each, and nothing is left behind.
  package func plan(_ request: PlanRequest, noting stage: (PlanStage) -> Void = { _ in }) throws
    -> CampaignPlan
  {
    do {
      return try makePlan(request, stage)
    } catch let error as FileError where error.operation != .read {
      // What can't be written is not a missing input.
      throw CampaignError(.cannotReport, "\(error)")
    }
  }

  private func makePlan(_ request: PlanRequest, _ stage: (PlanStage) -> Void) throws -> CampaignPlan {
    try request.check()
    let destination = AbsolutePath.of(request.output)
    var directory = try PartialDirectory(destination)
    let campaign = CampaignDirectory(directory.path)
    let settings = try copyConfiguration(request, to: campaign)
    // What "submit" could not use is better known now.
    var warnings = settings?.warnings ?? []
    stage(.protected)
    let protection = try protect(request, campaign, destination, &warnings)
    try NewFile.write(protection.lfns.text, to: campaign.round(1).protected)
    stage(.list)
    let listing = try self.listing(request, spoolDirectory: campaign.path)
    warnings += listing.warnings
    var selection = try select(request, listing, protection, spoolDirectory: campaign.path, &warnings)
    stage(.jobs)
    let (manifest, sample) = try cut(request, listing, protection, &selection, into: campaign)
    try checkStop()
    stage(.bound)
    try manifest.check(maxDelete: request.maxDelete ?? settings?.maxDelete, not: "planned")
    try directory.publish()
    return CampaignPlan(
      directory: destination, campaign: manifest, protectedEntries: protection.lfns.count,
      refused: selection.filter.refused.map {
        .init(rule: $0.rawValue, count: $1.count, example: $1.example)
      }.sorted { ($1.count, $0.rule) < ($0.count, $1.rule) },
      sample: sample, warnings: warnings)
  }

  private func copyConfiguration(_ request: PlanRequest, to campaign: CampaignDirectory) throws
    -> JobSettings?
  {
    guard let configuration = request.configuration else { return nil }
    let bytes = try FileSource.contents(of: configuration, limit: 1 << 20)
    let settings = try JobSettings(bytes, name: configuration, site: request.site)
    // It may hold what only its owner may read.
    try NewFile.write(bytes, to: campaign.configuration, permissions: .ownerReadWrite)
    return settings
  }

  /// What must stay, and what the last campaign had.
  private struct Protection {
    var lfns: ProtectedLFNs
    var tree: PathTree
    var lists: [CampaignManifest.Protected]
    var allowed: AllowedRoots
    var last: LastCampaign?
  }

  private func protect(
    _ request: PlanRequest, _ campaign: CampaignDirectory, _ destination: String, _ warnings: inout [String]
  ) throws -> Protection {
    try request.checkProtected()
    var lfns = ProtectedLFNs()
    let lists = try request.protected.map {
      try lfns.add($0, web: web, spoolDirectory: campaign.path, now: now(), accepting: request.accepted)
    }
    let last = try request.last.map { try LastCampaign($0, rse: request.rse) }
    // What is left of the storage may have changed for many reasons; what is protected hardly ever halves.
    try (last ?? LastCampaign(beside: destination, rse: request.rse))?
      .check(protected: lists, accepting: request.accepted)
    guard let allowed = AllowedRoots(request.allow) else {
      throw CampaignError(.usage, "--allow takes absolute paths")
    }
    let (tree, roots) = (lfns.tree, allowed.texts)
    if roots.allSatisfy({ tree.relation(of: $0) == nil }) {
      warnings.append(
        try doubt(
          "no protected LFN is below \(roots.joined(separator: " or ")), as if it were another list",
          .unrelatedProtected, request, at: lists.map(\.location).joined(separator: ", ")))
    }
    return Protection(lfns: lfns, tree: tree, lists: lists, allowed: allowed, last: last)
  }

  /// Refuses what a list looks like, or only warns of it where the operator accepts it.
  private func doubt(
    _ problem: String, _ acceptance: Acceptance, _ request: PlanRequest, at location: String? = nil
  ) throws(CampaignError) -> String {
    guard request.accepted.contains(acceptance) else {
      throw CampaignError(.badInput, (location.map { "\($0): " } ?? "") + problem + acceptance.hint)
    }
    return problem
  }

  /// What of the list may go, sorted.
  private struct Selection {
    var filter: ListFilter
    var sorter: LFNSorter
    var sha256: String
  }

  private func select(
    _ request: PlanRequest, _ listing: Listing, _ protection: Protection, spoolDirectory: String,
    _ warnings: inout [String]
  ) throws -> Selection {
    var filter = ListFilter(
      rules: SafetyRules(allowed: protection.allowed, protected: protection.tree), exclude: excluded(request),
      include: request.include)
    var sorter = LFNSorter(spoolDirectory: spoolDirectory, memory: sortMemory)
    let text = try listing.read { listed in
      if filter.lets(listed) { try sorter.add(listed.text) }
      if filter.counts.listed % 4096 == 0 { try checkStop() }
    }
    if text.isCut {
      if listing.isFetched { try text.check(listing.location, accepting: request.accepted) }
      warnings.append("the last line of the list has no newline: was the list cut off?")
    }
    let listed = filter.counts.listed
    if let expected = listing.expected, expected != listed {
      warnings.append(
        try doubt(
          "the scan counted \(expected) files, and the list has \(listed)", .scanCount, request,
          at: listing.location))
    }
    if let problem = filter.foreign { _ = try doubt(problem, .foreignEntries, request, at: listing.location) }
    try protection.last?.check(listed: listed, location: listing.location, accepting: request.accepted)
    return Selection(filter: filter, sorter: sorter, sha256: text.finish())
  }

  private func excluded(_ request: PlanRequest) -> [String] { ListFilter.ownExclusions + request.exclude }

  /// Writes the jobs and the documents of the campaign.
  private func cut(
    _ request: PlanRequest, _ listing: Listing, _ protection: Protection, _ selection: inout Selection,
    into campaign: CampaignDirectory
  ) throws -> (CampaignManifest, sample: [String]) {
    let limit = request.maxFiles ?? .max
    let wanted = min(selection.sorter.count, limit)
    let created = now()
    let name = request.name ?? "\(request.rse)-\(created.formatted(.iso8601).prefix(10))"
    var manifest = CampaignManifest(
      name: name, id: Self.id(name: name, created: created), rse: request.rse, site: request.site,
      created: created.formatted(.iso8601),
      expires: Freshness.expiry(made: listing.made, planned: created, maxAge: request.maxAge).formatted(
        .iso8601),
      tool: tool,
      source: .init(
        location: listing.location, made: listing.made.formatted(.iso8601),
        ended: listing.ended.map { min($0, created).formatted(.iso8601) }, run: listing.run,
        sha256: selection.sha256),
      protected: protection.lists,
      filters: .init(
        allow: protection.allowed.texts, include: request.include, exclude: excluded(request),
        maxFiles: request.maxFiles),
      counts: selection.filter.counts,
      filesPerJob: request.filesPerJob ?? FilesPerJob.automatic(files: wanted))
    if !request.accepted.isEmpty {
      manifest.accepted = request.accepted.sorted { $0.rawValue < $1.rawValue }
    }
    let round = campaign.round(1)
    var writer = JobWriter(
      round: round, job: JobWriter.job(of: manifest), first: JobID(1), filesPerJob: manifest.filesPerJob)
    var sample = Sample(of: wanted)
    manifest.counts.overLimit = 0
    manifest.counts.duplicates = try selection.sorter.merge { lfn in
      guard writer.files < limit else {
        manifest.counts.overLimit += 1
        return
      }
      if writer.files % 4096 == 0 { try checkStop() }
      sample.offer(lfn, at: writer.files)
      try writer.add(lfn)
    }
    let jobs = try writer.finish()
    manifest.counts.files = writer.files
    manifest.counts.directories = writer.directories
    manifest.counts.jobs = jobs.count
    guard !jobs.isEmpty else { throw Self.nothingLeft(selection.filter, listing.location) }
    try NewFile.write(json: manifest, to: campaign.manifest)
    try NewFile.write(
      json: RoundRecord(round: 1, created: manifest.created, jobs: jobs, digests: writer.digests),
      to: round.record)
    return (manifest, sample.lfns)
  }

  /// What tells a campaign's jobs from those of all others in a queue: the name with a dash for every byte but letters,
  /// digits, `_`, `.` and `-`, from its first letter or digit on; the second it was planned in; and a random number.
  private static func id(name: String, created: Date) -> String {
    let stem = name.utf8.drop { !PlainName.isAlphanumeric($0) }.prefix(60).map {
      PlainName.isAllowed($0) ? $0 : UInt8(ascii: "-")
    }
    let time = created.formatted(.iso8601).filter { $0 != "-" as Character && $0 != ":" as Character }
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return "\(stem.isEmpty ? "campaign" : String(decoding: stem, as: UTF8.self))-\(time)-"
      + String(repeating: "0", count: 8 - digits.count) + digits
  }

  private func listing(_ request: PlanRequest, spoolDirectory: String) throws -> Listing {
    guard HTTPURL.isMeant(by: request.from) else {
      let scan = try request.stats.map { try ScanStatus.read(file: $0, rse: request.rse) }
      if let scan { try ScanChanged.check(scan.run, is: request.scan, of: request.from) }
      let listing = try Listing(path: request.from, scan: scan, maxAge: request.maxAge, now: now())
      if scan == nil {
        try ScanChanged.check(NewestScan.run(made: listing.made), is: request.scan, of: listing.location)
      }
      return listing
    }
    return try ConsistencyMonitor(HTTPURL(option: request.from), rse: request.rse).listing(
      HTTPFetch(client: web), of: request.scan, in: spoolDirectory, maxAge: request.maxAge, now: now())
  }

  private func checkStop() throws(CampaignError) {
    if let reason = stop.reason { throw Self.stopped(reason) }
  }

  /// How planning ends when it is stopped.
  static func stopped(_ reason: StopReason) -> CampaignError {
    CampaignError(.stoppedEarly, "\(reason.text); nothing was planned, and nothing is left behind")
  }

  private static func nothingLeft(_ filter: ListFilter, _ location: String) -> CampaignError {
    let counts = filter.counts
    let refused =
      filter.mostRefused.map { "refused, most of them \($0.rule.rawValue), such as: \($0.example)" }
      ?? "refused"
    let reasons = [
      (counts.refused, refused), (counts.protected, "protected"), (counts.excluded, "excluded"),
      (counts.notIncluded, "not included"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return CampaignError(
      .badInput,
      counts.listed == 0
        ? "\(location): the list is empty"
        : "\(location): nothing is left of \(counts.listed) entries: \(reasons.joined(separator: ", "))")
  }
}

/// Some LFNs from all over a list, for a person to look at.
private struct Sample {
  /// How many.
  static let size = 5

  /// What was taken.
  private(set) var lfns: [String] = []
  private let step: Int

  /// A sample of a list that has about so many entries.
  init(of count: Int) { step = max(1, count / Self.size) }

  /// Takes an LFN or not, by its place in the list, from 0.
  mutating func offer(_ lfn: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard index % step == 0, lfns.count < Self.size else { return }
    lfns.append(String(decoding: lfn, as: UTF8.self))
  }
}
