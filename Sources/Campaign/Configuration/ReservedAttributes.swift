/// Attributes of a job's ad that a configuration can't set: HTCondor's own, which its submit commands set, and those by
/// which a campaign's jobs are found, read and counted. One of them in another's hands takes jobs out of sight, has them
/// run something else, or lets their output go elsewhere.
///
/// The names are those of the HTCondor manual, "Job ClassAd Attributes", and of condor_submit's own commands; a ClassAd
/// does not tell upper from lower case.
enum ReservedAttributes {
  /// Why an attribute can't be set; nil where it can.
  static func problem(_ name: String) -> String? {
    var lower = name.lowercased()
    // What is passed on to a compute element: it sets there what stands behind the prefix.
    while lower.hasPrefix("remote_") { lower.removeFirst("remote_".count) }
    if let key = keys[lower] { return "it is set by the key \"\(key)\"" }
    if lower.hasPrefix("swab") { return "attributes \"Swab…\" are Swab's own" }
    if own.contains(lower) || ownPrefixes.contains(where: lower.hasPrefix) {
      return "it is one of Swab's own, by which the jobs are known"
    }
    if condor.contains(lower) || condorPrefixes.contains(where: lower.hasPrefix) {
      return "it is HTCondor's own, and the account of the jobs relies on it"
    }
    return nil
  }

  /// Those that a key of the configuration sets.
  private static let keys: [String: String] = [
    "requirements": "requirements", "requestcpus": "cpus", "requestmemory": "memory", "requestdisk": "disk",
    "jobprio": "priority", "jobmaxretries": "retries", "maxretries": "retries", "env": "environment.NAME",
    "environment": "environment.NAME", "x509userproxy": "x509-proxy", "oauthservicesneeded": "oauth-services",
    "accountinggroup": "accounting-group", "acctgroup": "accounting-group",
    "acctgroupuser": "accounting-group-user", "containerimage": "container-image",
    "dockerimage": "container-image", "singularityimage": "singularity-image",
    "concurrencylimits": "concurrency-limits", "concurrencylimitsexpr": "concurrency-limits",
    "jobflavour": "job-class", "requestruntime": "requested-runtime", "myproject": "project",
    "desired_sites": "--site", "extdesired_sites": "--site", "gridresource": "--grid-resource",
    "maxwalltimemins": "max-wall-minutes", "originalmaxwalltimemins": "max-wall-minutes",
  ]

  private static let own: Set<String> = [
    "cms_wmtool", "cms_submissiontool", "cms_campaignname", "jobmachineattrs", "machineattr",
  ]
  private static let ownPrefixes = ["chirp", "machineattr", "jobmachineattrs"]

  private static let condor: Set<String> = [
    // Which job it is, whose, and of which kind.
    "mytype", "targettype", "owner", "user", "osuser", "ntdomain", "niceuser", "nicusername", "qdate",
    "globaljobid",
    "universe", "jobuniverse", "dagmanjobid", "dagnodename", "managed", "managedmanager", "wantremotemanaged",
    "routedby", "routename", "batchname", "jobbatchname", "jobbatchid", "jobdescription",
    // What it runs, with what, and where its files go.
    "cmd", "args", "arguments", "in", "out", "err", "iwd", "rootdir", "jobrootdir", "userlog",
    "userlogusexml",
    "dagmannodeslog", "dagmannodesmask", "executable", "input", "output", "error", "log", "logxml",
    "initialdir",
    "outputdestination", "dontencryptinputfiles", "dontencryptoutputfiles", "encryptinputfiles",
    "encryptoutputfiles", "encryptexecutedirectory", "manifestdesired", "manifestdir", "maxtransferinputmb",
    "maxtransferoutputmb", "preserverelativepaths", "getenv", "publicinputfiles", "commoninputfiles",
    "skipifdataflow", "wantfttransfer", "usercheckpoint", "executablesize", "copytospool",
    // How it ends, and what then happens.
    "leavejobinqueue", "noopjob", "jobnoop", "isnoopjob", "noopjobexitcode", "noopjobexitsignal",
    "keepclaimidle", "killsig", "killsigtimeout", "removekillsig", "holdkillsig", "jobmaxvacatetime",
    "maxjobretirementtime", "successexitcode", "successexitsignal", "exitcode", "exitbysignal", "exitsignal",
    "exitstatus",
    "retryuntil", "completiondate", "enteredcurrentstatus", "enteredcurrentstatusdate", "jobleaseduration",
    "timerremove", "timerremovecheck", "deferraltime", "deferralwindow", "deferralpreptime",
    "alloweddjobduration", "allowedjobduration", "allowedexecuteduration", "wantcheckpoint",
    "wantcheckpointsignal", "wantremoteio", "wantremotesyscalls", "wantgracefulremoval", "terminationpending",
    "toe",
    "clusterid", "procid", "subprocid",
  ]
  /// Whole families.
  private static let condorPrefixes = [
    "jobstatus", "lastjobstatus", "jobmaterialize", "jobfactory", "jobnotification", "notif", "routedfrom",
    "routedto",
    "submitter", "submit_", "submitevent", "transfer", "shouldtransfer", "whentotransfer", "stream", "spool",
    "stagein",
    "stageout", "onexit", "periodic", "systemperiodic", "hold", "release", "remove", "vacate", "numjob",
    "numholds",
    "numshadow", "numrestarts", "numckpts", "numsystemholds", "cron",
    "jobcheckpoint", "checkpoint", "grid", "gahp", "condorc", "job_ad_information", "x509userproxy",
    "delegatejob",
    "tokensneeded", "sendcredential", "currenthosts", "maxhosts", "minhosts",
  ]
}
