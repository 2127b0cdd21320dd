/// Where a site's site-local-config.xml is, and which rule found it.
public struct SiteConfigLocation: Sendable, Equatable {
  /// The rules, in the order they are tried.
  public enum Rule: String, Sendable, CaseIterable, Codable {
    /// A path that was given.
    case given = "--site-config"
    /// WMCore's override; one that names nothing is passed over (WMCore SiteLocalConfig.py).
    case override = "$WMAGENT_SITE_CONFIG_OVERRIDE"
    /// The site's folder, which worker nodes are told by.
    case siteConfigPath = "$SITECONFIG_PATH"
    /// The older variable for the folder above SITECONF.
    case cmsPath = "$CMS_PATH"
    /// The folder that every CMS worker node has.
    case cvmfs = "/cvmfs/cms.cern.ch"
  }

  /// The file's path.
  public let path: String
  /// What found it.
  public let foundBy: Rule
  /// The site's folder, or the subsite's, from which storage.json is looked for: what WMCore calls
  /// `SITECONFIG_PATH`.
  public let folder: String

  /// Finds the file.
  ///
  /// A path that is given, and a `$SITECONFIG_PATH` that is set, are believed: where nothing is there, it is
  /// an error. To go on and take another site's configuration could delete another site's files.
  /// An empty variable counts as unset.
  ///
  /// The folder for storage.json is, for a file that was given or comes from the override: the folder above
  /// `JobConfig` where the file stands in a folder of that name (only for a given one, since the override
  /// leaves `$SITECONFIG_PATH` in force), else `$SITECONFIG_PATH`, else the file's own folder.
  ///
  /// - Throws: ``SiteConfProblem`` where there is none.
  public static func find(
    given: String?, environment: [String: String], files: any SiteConfFiles
  ) throws(SiteConfProblem) -> SiteConfigLocation {
    func variable(_ rule: Rule) -> String? {
      environment[String(rule.rawValue.dropFirst())].flatMap { $0.isEmpty ? nil : $0 }
    }
    let siteConfigPath = variable(.siteConfigPath)
    if let given {
      guard files.exists(given) else { throw missing(given, "the file that was given is not there") }
      let folder = folderAboveJobConfig(of: given, in: files) ?? siteConfigPath
      return SiteConfigLocation(
        path: given, foundBy: .given, folder: folder ?? Path.split(given).folder)
    }
    if let path = variable(.override), files.exists(path) {
      let folder = siteConfigPath ?? folderAboveJobConfig(of: path, in: files)
      return SiteConfigLocation(
        path: path, foundBy: .override, folder: folder ?? Path.split(path).folder)
    }
    if let siteConfigPath {
      let path = file(in: siteConfigPath)
      guard files.exists(path) else {
        throw missing(path, "$SITECONFIG_PATH is set, but the file is not there")
      }
      return SiteConfigLocation(path: path, foundBy: .siteConfigPath, folder: siteConfigPath)
    }
    for (rule, base) in [(Rule.cmsPath, variable(.cmsPath)), (.cvmfs, Rule.cvmfs.rawValue)] {
      guard let base else { continue }
      let folder = Path.join(base, "SITECONF/local")
      if files.exists(file(in: folder)) {
        return SiteConfigLocation(path: file(in: folder), foundBy: rule, folder: folder)
      }
    }
    throw missing(
      file(in: Path.join(Rule.cvmfs.rawValue, "SITECONF/local")),
      "no site-local-config.xml: $SITECONFIG_PATH is not set, and there is none below $CMS_PATH or here")
  }

  private static func file(in folder: String) -> String {
    Path.join(folder, "JobConfig/site-local-config.xml")
  }

  private static func missing(_ file: String, _ what: String) -> SiteConfProblem {
    SiteConfProblem(
      file: file, what: what, whatToDo: "set $SITECONFIG_PATH to the site's folder or give --site-config")
  }

  /// The folder above `JobConfig`, for a file that stands in one. The name is looked for as it is written, so
  /// that links are left for later, and only for a relative path such as `./x.xml` where it really is.
  private static func folderAboveJobConfig(of file: String, in files: any SiteConfFiles) -> String? {
    let folder = Path.split(file).folder
    let written = Path.split(folder)
    if written.last == "JobConfig" { return written.folder }
    guard written.last == "." || written.last == "..", let real = files.canonical(folder) else {
      return nil
    }
    let parts = Path.split(real)
    return parts.last == "JobConfig" ? parts.folder : nil
  }
}
