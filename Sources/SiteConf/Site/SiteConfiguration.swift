/// A site's configuration as far as deletion needs it: its name and where its files may be.
public struct SiteConfiguration: Sendable {
  /// The site's name.
  public let siteName: String
  /// The subsite's name; nil for none.
  public let subSiteName: String?
  /// The site-local-config.xml that was read.
  public let path: String
  /// What found it.
  public let foundBy: SiteConfigLocation.Rule
  /// The places where files may be, in the order to try them: each `<method>`; where there is none, each
  /// `<local-stage-out>`; then each `<fallback-stage-out>`. Some or all of them may have a problem.
  public let stageOuts: [StageOutEntry]
  /// What is wrong without stopping anything: elements, entries and rules that have been passed over.
  public let warnings: [SiteConfProblem]

  /// Finds and reads a site's configuration, with the catalogs that its stage-out entries name.
  ///
  /// What is wrong with one catalog, even that it is missing, is the problem of the entries that need it and
  /// of nothing else (WMCore issue 12255: one bad method made the whole site unreadable).
  ///
  /// - Parameters:
  ///   - given: the path of a site-local-config.xml, where one was given.
  ///   - environment: the process's environment.
  ///   - files: the files.
  ///   - ignoreAccess: use methods also where storage.json calls their protocol read-only or virtual.
  /// - Throws: ``SiteConfProblem`` where there is no site-local-config.xml, or it can't be read or parsed, or
  ///   it names no site.
  public static func load(
    given: String? = nil, environment: [String: String], files: any SiteConfFiles,
    ignoreAccess: Bool = false
  ) throws(SiteConfProblem) -> SiteConfiguration {
    let location = try SiteConfigLocation.find(given: given, environment: environment, files: files)
    let config = try SiteLocalConfig(bytes: files.bytes(of: location.path), file: location.path)
    var reader = StageOutReader(
      config: config, location: location, environment: environment, files: files,
      ignoreAccess: ignoreAccess)
    let entries = reader.entries()
    return SiteConfiguration(
      siteName: config.siteName, subSiteName: config.subSiteName, path: location.path,
      foundBy: location.foundBy, stageOuts: entries, warnings: config.warnings + reader.warnings)
  }
}
