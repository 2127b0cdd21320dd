import ByteStreams
import FoundationEssentials

/// What a job under HTCondor can say of itself, from the files that its environment names.
package struct CondorJobInfo: Sendable, Equatable {
  /// The cluster of the job; unique on its schedd.
  package var clusterId: Int?
  /// The job's number in its cluster.
  package var procId: Int?
  /// `schedd#cluster.proc#time`, unique everywhere.
  package var globalJobId: String?
  /// The schedd that the job was submitted to.
  package var schedd: String?
  /// The slot that it runs in, `slot1_3`.
  package var slot: String?
  /// Which run of the job this is, from 1.
  package var attempt: Int?
  /// The site that the pool says the machine is at, `T2_DE_DESY`.
  package var site: String?
  /// What the pool says of the machine and of the pilot that runs there, by attribute.
  package var machine: [String: String] = [:]

  /// The attributes of the machine ad that are kept: they name a bad machine, and the pilot to ask about it.
  private static let machineAttributes = [
    "Machine", "GLIDEIN_CMSSite", "GLIDEIN_Site", "GLIDEIN_Entry_Name", "GLIDEIN_Factory",
    "GLIDEIN_Gatekeeper",
    "GLIDEIN_Job_Max_Time",
  ]

  package init(
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
  package struct Discovery: Sendable, Equatable {
    /// Nil outside of HTCondor, and where the job ad can't be read.
    package var info: CondorJobInfo?
    /// Each one line; none of them keeps the job from running.
    package var warnings: [String]

    package init(info: CondorJobInfo?, warnings: [String] = []) {
      self.info = info
      self.warnings = warnings
    }
  }

  /// Looks around; `read` gives the bytes of a file.
  package static func discover(
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
  package static let adLimit = 4 << 20

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

/// The directory where HTCondor keeps a job's tokens fresh.
package enum CondorCredentials {
  /// The token file of the job: `cms.use` in the directory `_CONDOR_CREDS`, else the first `*.use` by name; nil
  /// if there is none. HTCondor replaces the file from time to time, so it is to be read anew for each use.
  package static func tokenFile(
    environment: [String: String],
    names: (String) throws -> [String] = { try FileManager.default.contentsOfDirectory(atPath: $0) }
  ) -> String? {
    guard let directory = environment["_CONDOR_CREDS"], !directory.isEmpty,
      let names = try? names(directory)
    else { return nil }
    let tokens = names.filter { $0.hasSuffix(".use") && !$0.hasPrefix(".") }.sorted()
    guard let name = tokens.contains("cms.use") ? "cms.use" : tokens.first else { return nil }
    return directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }
}

/// When HTCondor, or the pilot that a job runs in, will end it.
package struct JobTimeLimit: Sendable, Equatable {
  /// The moment, in seconds since 1970.
  package var end: Double
  /// The attribute that says so.
  package var attribute: String

  /// The earliest end that the ads of a job name; nil where they name none.
  ///
  /// - `AllowedExecuteDuration` and `AllowedJobDuration`: seconds, HTCondor's own limits (condor_submit,
  ///   `allowed_execute_duration`, `allowed_job_duration`).
  /// - `MaxWallTimeMins`: minutes, what CMS's jobs are given; the pool ends what takes longer.
  /// - `GLIDEIN_ToDie` of the machine ad: when a glideinWMS pilot ends, in seconds since 1970.
  ///
  /// - Parameters:
  ///   - began: when the job's ad was written, in seconds since 1970: its time runs since then. The ad's own start
  ///     times can be those of an earlier run.
  package static func find(job: JobAd, machine: JobAd?, began: Double) -> JobTimeLimit? {
    var limits: [JobTimeLimit] = []
    for (attribute, unit) in [
      ("AllowedExecuteDuration", 1.0), ("AllowedJobDuration", 1), ("MaxWallTimeMins", 60),
    ] {
      if let number = job.number(attribute), number > 0 {
        limits.append(JobTimeLimit(end: began + number * unit, attribute: attribute))
      }
    }
    if let number = machine?.number("GLIDEIN_ToDie"), number > 0 {
      limits.append(JobTimeLimit(end: number, attribute: "GLIDEIN_ToDie"))
    }
    return limits.min { $0.end < $1.end }
  }

  /// The same from the files that the environment names; a file that can't be read says nothing, and a warning of it
  /// is ``CondorJobInfo``'s.
  package static func discover(environment: [String: String]) -> JobTimeLimit? {
    guard let path = environment["_CONDOR_JOB_AD"], let began = try? OpenFile(reading: path).modified(),
      let job = ad(path)
    else { return nil }
    return find(job: job, machine: environment["_CONDOR_MACHINE_AD"].flatMap(ad), began: began)
  }

  private static func ad(_ path: String) -> JobAd? {
    (try? FileSource.contents(of: path, limit: CondorJobInfo.adLimit)).map(JobAd.init)
  }
}

extension JobAd {
  fileprivate func number(_ name: String) -> Double? {
    switch self[name] {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: nil
    }
  }
}
