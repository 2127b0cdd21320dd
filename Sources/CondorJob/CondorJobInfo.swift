import ByteStreams

/// What a job under HTCondor can say of itself, from the files that its environment names.
public struct CondorJobInfo: Sendable, Equatable {
  /// The cluster of the job; unique on its schedd.
  public var clusterId: Int?
  /// The job's number in its cluster.
  public var procId: Int?
  /// `schedd#cluster.proc#time`, unique everywhere.
  public var globalJobId: String?
  /// The schedd that the job was submitted to.
  public var schedd: String?
  /// The slot that it runs in, `slot1_3`.
  public var slot: String?
  /// Which run of the job this is, from 1.
  public var attempt: Int?
  /// The site that the pool says the machine is at, `T2_DE_DESY`.
  public var site: String?
  /// What the pool says of the machine and of the pilot that runs there, by attribute.
  public var machine: [String: String] = [:]

  /// The attributes of the machine ad that are kept: they name a bad machine, and the pilot to ask about it.
  private static let machineAttributes = [
    "Machine", "GLIDEIN_CMSSite", "GLIDEIN_Site", "GLIDEIN_Entry_Name", "GLIDEIN_Factory",
    "GLIDEIN_Gatekeeper",
    "GLIDEIN_Job_Max_Time",
  ]

  /// Makes a value out of known parts.
  public init(
    clusterId: Int? = nil, procId: Int? = nil, globalJobId: String? = nil, schedd: String? = nil,
    slot: String? = nil, attempt: Int? = nil, site: String? = nil
  ) {
    self.clusterId = clusterId
    self.procId = procId
    self.globalJobId = globalJobId
    self.schedd = schedd
    self.slot = slot
    self.attempt = attempt
    self.site = site
  }

  /// What was found, and what was wrong on the way.
  public struct Discovery: Sendable, Equatable {
    /// Nil outside of HTCondor, and where the job ad can't be read.
    public var info: CondorJobInfo?
    /// Each one line; none of them keeps the job from running.
    public var warnings: [String]

    /// Makes a value.
    public init(info: CondorJobInfo?, warnings: [String] = []) {
      self.info = info
      self.warnings = warnings
    }
  }

  /// Looks around; `read` gives the bytes of a file.
  public static func discover(
    environment: [String: String],
    read: (String) throws -> [UInt8] = { try FileSource.contents(of: $0, limit: adLimit) }
  ) -> Discovery {
    guard let path = environment["_CONDOR_JOB_AD"], !path.isEmpty else { return Discovery(info: nil) }
    let ad: JobAd
    do {
      ad = JobAd(try read(path))
    } catch {
      return Discovery(info: nil, warnings: ["HTCondor's job ad: \(error)"])
    }
    var discovery = Discovery(info: CondorJobInfo(job: ad, slot: environment["_CONDOR_SLOT"]))
    guard let path = environment["_CONDOR_MACHINE_AD"], !path.isEmpty else { return discovery }
    do {
      let machine = JobAd(try read(path))
      for name in Self.machineAttributes {
        discovery.info?.machine[name] = machine.string(name) ?? machine.integer(name).map(String.init)
      }
      // Only where the submitter did not ask for the attribute to be copied into the job ad.
      if discovery.info?.site == nil {
        discovery.info?.site = Self.siteName(machine.string("GLIDEIN_CMSSite"))
      }
    } catch {
      discovery.warnings.append("HTCondor's machine ad: \(error)")
    }
    return discovery
  }

  /// The most bytes of an ad that are read. Real ones have some ten thousand.
  public static let adLimit = 4 << 20

  private init(job ad: JobAd, slot: String?) {
    clusterId = ad.integer("ClusterId")
    procId = ad.integer("ProcId")
    globalJobId = ad.string("GlobalJobId")
    schedd = globalJobId.flatMap { id in
      id.contains("#")
        ? id.split(separator: "#", omittingEmptySubsequences: false).first.map(String.init) : nil
    }
    if schedd?.isEmpty == true { schedd = nil }
    self.slot = slot.flatMap { $0.isEmpty ? nil : $0 }
    attempt = Self.attempt(ad)
    site = Self.siteName(ad.string("MachineAttrGLIDEIN_CMSSite0"))
  }

  /// The ad is from before this run: the counts of starts and completions are of earlier ones. A shadow is
  /// counted before it sends the ad, but may have ended before the job began.
  private static func attempt(_ ad: JobAd) -> Int? {
    let earlier = [ad.integer("NumJobStarts"), ad.integer("NumJobCompletions")].compactMap { $0 }.max()
    if let earlier { return max(0, earlier) + 1 }
    return ad.integer("NumShadowStarts").map { max(1, $0) }
  }

  /// "Unknown" is what an unset attribute becomes on the way.
  private static func siteName(_ name: String?) -> String? {
    guard let name, !name.isEmpty, name.lowercased() != "unknown" else { return nil }
    return name
  }
}
