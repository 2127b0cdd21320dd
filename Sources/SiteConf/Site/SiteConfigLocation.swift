/// Where a site's site-local-config.xml is, and which rule found it.
package struct SiteConfigLocation: Sendable, Equatable {
  /// The rules, in the order they are tried.
  package enum Rule: String, Sendable {
    /// A path that was given.
    case given = "--site-config"
    /// WMCore's override; one that names nothing is passed over (WMCore SiteLocalConfig.py).
    case override = "$WMAGENT_SITE_CONFIG_OVERRIDE"
    /// The site's directory, which worker nodes are told by.
    case siteConfigPath = "$SITECONFIG_PATH"
    /// The older variable for the directory above SITECONF.
    case cmsPath = "$CMS_PATH"
    /// The directory that every CMS worker node has.
    case cvmfs = "/cvmfs/cms.cern.ch"
  }

  /// The file's path.
  package let path: String
  /// What found it.
  package let foundBy: Rule
  /// The site's directory, or the subsite's, from which storage.json is looked for: what WMCore calls
  /// `SITECONFIG_PATH`.
  package let directory: String

  /// Finds the file.
  ///
  /// A path that is given, and a `$SITECONFIG_PATH` that is set, are believed: where nothing is there, it is
  /// an error. Continuing with another site's configuration could delete another site's files.
  /// An empty variable counts as unset.
  ///
  /// The directory for storage.json is, for a file that was given or comes from the override: the directory above
  /// `JobConfig` where the file stands in a directory of that name (only for a given one, since the override
  /// leaves `$SITECONFIG_PATH` in force), else `$SITECONFIG_PATH`, else the file's own directory.
  ///
  /// - Throws: ``SiteConfProblem`` where there is none.
  package static func find(
    given: String?, environment: [String: String], files: any SiteConfFiles
  ) throws(SiteConfProblem) -> SiteConfigLocation {
    func variable(_ rule: Rule) -> String? {
      environment[String(rule.rawValue.dropFirst())].flatMap { $0.isEmpty ? nil : $0 }
    }
    let siteConfigPath = variable(.siteConfigPath)
    if var given {
      // The site's directory will do, and so will JobConfig.
      for name in ["JobConfig/site-local-config.xml", "site-local-config.xml"] {
        let inside = Path.join(given, name)
        if files.exists(inside) {
          given = inside
          break
        }
      }
      guard files.exists(given) else { throw missing(given, "the file that was given is not there") }
      let directory = directoryAboveJobConfig(of: given, in: files) ?? siteConfigPath
      return SiteConfigLocation(
        path: given, foundBy: .given, directory: directory ?? Path.split(given).directory)
    }
    if let path = variable(.override), files.exists(path) {
      let directory = siteConfigPath ?? directoryAboveJobConfig(of: path, in: files)
      return SiteConfigLocation(
        path: path, foundBy: .override, directory: directory ?? Path.split(path).directory)
    }
    if let siteConfigPath {
      let path = file(in: siteConfigPath)
      guard files.exists(path) else {
        throw missing(path, "$SITECONFIG_PATH is set, but the file is not there")
      }
      return SiteConfigLocation(path: path, foundBy: .siteConfigPath, directory: siteConfigPath)
    }
    for (rule, base) in [(Rule.cmsPath, variable(.cmsPath)), (.cvmfs, Rule.cvmfs.rawValue)] {
      guard let base else { continue }
      let directory = Path.join(base, "SITECONF/local")
      if files.exists(file(in: directory)) {
        return SiteConfigLocation(path: file(in: directory), foundBy: rule, directory: directory)
      }
    }
    throw missing(
      file(in: Path.join(Rule.cvmfs.rawValue, "SITECONF/local")),
      "no site-local-config.xml: $SITECONFIG_PATH is not set, and there is none below $CMS_PATH or here")
  }

  private static func file(in directory: String) -> String {
    Path.join(directory, "JobConfig/site-local-config.xml")
  }

  private static func missing(_ file: String, _ what: String) -> SiteConfProblem {
    SiteConfProblem(
      file: file, what: what, whatToDo: "set $SITECONFIG_PATH to the site's directory or give --site-config")
  }

  /// The directory above `JobConfig`, for a file that stands in one. The name is looked for as it is written, so
  /// that links are left for later, and only for a relative path such as `./x.xml` where it really is.
  private static func directoryAboveJobConfig(of file: String, in files: any SiteConfFiles) -> String? {
    let directory = Path.split(file).directory
    let written = Path.split(directory)
    if written.last == "JobConfig" { return written.directory }
    guard written.last == "." || written.last == "..", let real = files.canonical(directory) else {
      return nil
    }
    let parts = Path.split(real)
    return parts.last == "JobConfig" ? parts.directory : nil
  }
}

/// The files that a site's configuration is read from, so that this library opens none itself.
package protocol SiteConfFiles: Sendable {
  /// The whole content of a file.
  ///
  /// - Throws: whatever says best why it can't be read.
  func read(_ path: String) throws -> [UInt8]

  /// Whether something is there: a file or a directory, links followed.
  func exists(_ path: String) -> Bool

  /// The path without links, `.` and `..`, as realpath(3) gives it; nil where it can't be resolved.
  func canonical(_ path: String) -> String?
}

extension SiteConfFiles {
  /// ``read(_:)`` with an error that says what to do.
  func bytes(of path: String) throws(SiteConfProblem) -> [UInt8] {
    do {
      return try read(path)
    } catch {
      throw SiteConfProblem(
        file: path, what: "it can't be read: \(error)", whatToDo: "check the path and its permissions")
    }
  }
}

/// Where the storage.json of a storage site is, seen from the site that the job runs at (WMCore
/// RucioFileCatalog.py, `storageJsonPath`, and CMSSW SiteLocalConfigService.cc).
package enum StorageDescriptionPath {
  /// The variable that names one storage.json for every storage site.
  package static let overrideVariable = "WMAGENT_RUCIO_CATALOG_OVERRIDE"

  /// The path.
  ///
  /// The override where it exists. Else, with S for the directory: `S/storage.json` for the own site, and
  /// `S/../<site>/storage.json` for another; a subsite, whose directory is one deeper, goes up once more. Links
  /// are resolved before `..`, so that S being a link to another place leads to that place's neighbours.
  ///
  /// - Parameters:
  ///   - storageSite: the site whose storage is meant.
  ///   - siteName: the own site.
  ///   - subSiteName: the own subsite; an empty name is one too.
  ///   - directory: the own site's or subsite's directory.
  ///   - environment: the environment, for the override.
  ///   - files: the files, for links.
  /// - Throws: ``SiteConfProblem`` for a storage site whose name would lead to another directory.
  package static func path(
    storageSite: String, siteName: String, subSiteName: String?, directory: String,
    environment: [String: String], files: any SiteConfFiles
  ) throws(SiteConfProblem) -> String {
    if let path = environment[overrideVariable], !path.isEmpty, files.exists(path) { return path }
    guard !storageSite.isEmpty, storageSite != ".", storageSite != "..",
      !storageSite.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 < 0x20 })
    else {
      throw SiteConfProblem(
        file: directory, what: "\"\(storageSite)\" is no name of a storage site",
        whatToDo: "correct the site attribute")
    }
    var base = Path.resolved(directory, in: files)
    if subSiteName != nil { base = Path.split(base).directory }
    if storageSite != siteName { base = Path.join(Path.split(base).directory, storageSite) }
    return Path.resolved(Path.join(base, "storage.json"), in: files)
  }
}

/// The few things that are done with paths here. Plain text throughout: SITECONF lives in directories that people
/// name.
enum Path {
  /// The directory that a path is in, and its last component; trailing slashes don't count.
  /// `/a/b/` gives `/a` and `b`, `b` gives `.` and `b`, `/` gives `/` and nothing.
  static func split(_ path: String) -> (directory: String, last: String) {
    // By bytes: a Character can be a slash with an accent on it.
    let slash = UInt8(ascii: "/")
    var text = path[...].utf8
    while text.count > 1, text.last == slash { text.removeLast() }
    guard let end = text.lastIndex(of: slash) else { return (".", String(Substring(text))) }
    var directory = text[..<end]
    while directory.last == slash { directory.removeLast() }
    let last = Substring(text[text.index(after: end)...])
    return (directory.isEmpty ? "/" : String(Substring(directory)), String(last))
  }

  /// A path inside a directory.
  static func join(_ directory: String, _ inside: String) -> String {
    directory.hasSuffix("/") ? directory + inside : directory + "/" + inside
  }

  /// The path with links resolved before `..` is taken, as far as its parts exist; what does not exist stays
  /// as it is written (Python's `os.path.realpath`, which WMCore uses).
  static func resolved(_ path: String, in files: any SiteConfFiles) -> String {
    if let canonical = files.canonical(path) { return canonical }
    let (directory, last) = split(path)
    switch last {
    case "", ".": return directory == path ? path : resolved(directory, in: files)
    case "..": return split(resolved(directory, in: files)).directory
    default: return directory == path ? path : join(resolved(directory, in: files), last)
    }
  }
}
