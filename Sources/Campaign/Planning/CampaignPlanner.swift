import ByteStreams
import Deletion
import FoundationEssentials

/// Makes campaigns: reads the lists, leaves out what must stay, sorts and cuts the rest into jobs, and writes the folder.
/// Deletes nothing.
public struct CampaignPlanner: Sendable {
  /// What is never planned, for `--help`.
  public static var ownExclusions: [String] { ListFilter.ownExclusions }

  /// How lists are fetched.
  private let web: any WebDoor
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
  public init(
    web: any WebDoor, tool: String, now: @escaping @Sendable () -> Date = { Date() },
    stop: StopSignal = StopSignal(), sortMemory: Int = LFNSorter.defaultMemory
  ) {
    self.web = web
    self.stop = stop
    self.tool = tool
    self.now = now
    self.sortMemory = sortMemory
  }

  /// Makes a campaign's folder, whole or not at all.
  ///
  /// - Throws: ``CampaignError``, `FileError`, `ListError`: one line each, and nothing is left behind.
  public func plan(_ request: PlanRequest) throws -> CampaignPlan {
    do {
      return try makePlan(request)
    } catch let error as FileError where error.operation != .read {
      // What can't be written is not a missing input.
      throw CampaignError(.cannotReport, "\(error)")
    }
  }

  private func makePlan(_ request: PlanRequest) throws -> CampaignPlan {
    try request.check()
    let destination = AbsolutePath.of(request.output)
    var folder = try PartialFolder(destination)
    let round = CampaignFolder(folder.path).round(1)

    if let configuration = request.configuration {
      let bytes = try FileSource.contents(of: configuration, limit: 1 << 20)
      // What "submit" could not use is better known now.
      _ = try JobSettings(bytes, name: configuration, site: request.site)
      try NewFile.write(bytes, to: CampaignFolder(folder.path).configuration)
    }
    var protected = ProtectedLFNs()
    let protectedLists = try request.protected.map {
      try protected.add($0, web: web, spoolFolder: folder.path, now: now())
    }
    let tree = protected.tree
    guard let allowed = AllowedRoots(request.allow) else {
      throw CampaignError(.usage, "--allow takes absolute paths")
    }
    try NewFile.write(protected.text, to: round.protected)

    let listing = try self.listing(request, spoolFolder: folder.path)
    var warnings = listing.warnings
    if allowed.texts.allSatisfy({ tree.relation(of: $0) == nil }) {
      warnings.append("no protected LFN is below \(allowed.texts.joined(separator: " or "))")
    }
    let exclude = ListFilter.ownExclusions + request.exclude
    var filter = ListFilter(
      rules: SafetyRules(allowed: allowed, protected: tree), exclude: exclude,
      include: request.include)
    var sorter = LFNSorter(spoolFolder: folder.path, memory: sortMemory)
    let digest = try listing.read { listed in
      if filter.lets(listed) { try sorter.add(listed.text) }
      if filter.counts.listed % 4096 == 0 { try checkStop() }
    }
    if let expected = listing.expected, expected != filter.counts.listed {
      warnings.append("the scan counted \(expected) files, and the list has \(filter.counts.listed)")
    }

    let wanted = min(sorter.count, request.maxFiles ?? .max)
    let filesPerJob = request.filesPerJob ?? FilesPerJob.automatic(files: wanted)
    let created = now()
    let name = request.name ?? "\(request.rse)-\(created.formatted(.iso8601).prefix(10))"
    var manifest = CampaignManifest(
      name: name, id: CampaignID.make(name: name, created: created), rse: request.rse, site: request.site,
      created: created.formatted(.iso8601),
      expires: Freshness.expiry(made: listing.made, planned: created, maxAge: request.maxAge).formatted(
        .iso8601),
      tool: tool,
      source: .init(
        location: listing.location, made: listing.made.formatted(.iso8601), run: listing.run, sha256: digest),
      protected: protectedLists,
      filters: .init(
        allow: allowed.texts, include: request.include, exclude: exclude, maxFiles: request.maxFiles),
      counts: filter.counts, filesPerJob: filesPerJob)

    var writer = JobWriter(
      round: round, job: JobWriter.job(of: manifest), first: JobID(1), filesPerJob: filesPerJob)
    var sample = Sample(of: wanted)
    let limit = request.maxFiles ?? .max
    var overLimit = 0
    manifest.counts.duplicates = try sorter.merge { lfn in
      guard writer.files < limit else {
        overLimit += 1
        return
      }
      if writer.files % 4096 == 0 { try checkStop() }
      sample.offer(lfn, at: writer.files)
      try writer.add(lfn)
    }
    let jobs = try writer.finish()
    manifest.counts.overLimit = overLimit
    manifest.counts.files = writer.files
    manifest.counts.directories = writer.directories
    manifest.counts.jobs = jobs.count
    guard !jobs.isEmpty else { throw Self.nothingLeft(manifest.counts, listing.location) }

    try NewFile.write(json: manifest, to: CampaignFolder(folder.path).manifest)
    try NewFile.write(
      json: RoundRecord(round: 1, created: manifest.created, jobs: jobs), to: round.record)
    try checkStop()
    try folder.publish()
    return CampaignPlan(
      folder: destination, campaign: manifest, protectedEntries: protected.count,
      refused: filter.refused.map { .init(rule: $0.rawValue, count: $1.count, example: $1.example) }
        .sorted { ($1.count, $0.rule) < ($0.count, $1.rule) },
      sample: sample.lfns, warnings: warnings)
  }

  private func listing(_ request: PlanRequest, spoolFolder: String) throws -> Listing {
    guard WebAddress.isMeant(by: request.from) else {
      return try Listing(path: request.from, maxAge: request.maxAge, now: now())
    }
    return try ConsistencyMonitor(WebAddress(request.from), rse: request.rse)
      .listing(WebFetch(door: web), in: spoolFolder, maxAge: request.maxAge, now: now())
  }

  private func checkStop() throws(CampaignError) {
    if let reason = stop.reason { throw Self.stopped(reason) }
  }

  /// How planning ends when it is stopped.
  static func stopped(_ reason: StopReason) -> CampaignError {
    CampaignError(.stoppedEarly, "\(reason.text); nothing was planned, and nothing is left behind")
  }

  private static func nothingLeft(_ counts: CampaignManifest.Counts, _ location: String) -> CampaignError {
    let reasons = [
      (counts.refused, "refused"), (counts.protected, "protected"), (counts.excluded, "excluded"),
      (counts.notIncluded, "not included"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return CampaignError(
      .badInput,
      counts.listed == 0
        ? "\(location): the list is empty"
        : "\(location): nothing is left of \(counts.listed) entries: \(reasons.joined(separator: ", "))")
  }
}
