/// Where the storage.json of a storage site is, seen from the site that the job runs at (WMCore
/// RucioFileCatalog.py, `storageJsonPath`, and CMSSW SiteLocalConfigService.cc).
public enum StorageDescriptionPath {
  /// The variable that names one storage.json for every storage site.
  public static let overrideVariable = "WMAGENT_RUCIO_CATALOG_OVERRIDE"

  /// The path.
  ///
  /// The override where it exists. Else, with S for the folder: `S/storage.json` for the own site, and
  /// `S/../<site>/storage.json` for another; a subsite, whose folder is one deeper, goes up once more. Links
  /// are resolved before `..`, so that S being a link to another place leads to that place's neighbours.
  ///
  /// - Parameters:
  ///   - storageSite: the site whose storage is meant.
  ///   - siteName: the own site.
  ///   - subSiteName: the own subsite; an empty name is one too.
  ///   - folder: the own site's or subsite's folder.
  ///   - environment: the environment, for the override.
  ///   - files: the files, for links.
  /// - Throws: ``SiteConfProblem`` for a storage site whose name would lead to another folder.
  public static func path(
    storageSite: String, siteName: String, subSiteName: String?, folder: String,
    environment: [String: String], files: any SiteConfFiles
  ) throws(SiteConfProblem) -> String {
    if let path = environment[overrideVariable], !path.isEmpty, files.exists(path) { return path }
    guard !storageSite.isEmpty, storageSite != ".", storageSite != "..",
      !storageSite.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 < 0x20 })
    else {
      throw SiteConfProblem(
        file: folder, what: "\"\(storageSite)\" is no name of a storage site",
        whatToDo: "correct the site attribute")
    }
    var base = Path.resolved(folder, in: files)
    if subSiteName != nil { base = Path.split(base).folder }
    if storageSite != siteName { base = Path.join(Path.split(base).folder, storageSite) }
    return Path.resolved(Path.join(base, "storage.json"), in: files)
  }
}
