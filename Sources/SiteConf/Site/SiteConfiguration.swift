/// A site's configuration as far as deletion needs it: its name and where its files may be.
package struct SiteConfiguration: Sendable {
  /// The site's name.
  package let siteName: String
  /// The subsite's name; nil for none.
  package let subSiteName: String?
  /// The site-local-config.xml that was read.
  package let path: String
  /// What found it.
  package let foundBy: SiteConfigLocation.Rule
  /// The places where files may be, in the order to try them: each `<method>`; where there is none, each
  /// `<local-stage-out>`; then each `<fallback-stage-out>`. Some or all of them may have a problem.
  package let stageOuts: [StageOutEntry]
  /// What is wrong without stopping anything: elements, entries and rules that have been passed over.
  package let warnings: [SiteConfProblem]

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
  package static func load(
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

/// What is wrong in a site's configuration, where, and what to do about it.
///
/// Thrown where nothing can be done without the thing; kept as a value where only one stage-out entry or one
/// rule suffers.
package struct SiteConfProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file it is about, as it was named; for what has no file, the option or variable it came from.
  package let file: String
  /// The line in that file, counted from 1; nil where it is about the file as a whole.
  package let line: Int?
  /// What is wrong, without a full stop.
  package let what: String
  /// What the site or the caller can do about it, without a full stop.
  package let whatToDo: String

  package init(file: String, line: Int? = nil, what: String, whatToDo: String) {
    self.file = file
    self.line = line
    self.what = what
    self.whatToDo = whatToDo
  }

  /// `FILE:LINE`, or the file alone.
  package var position: String { line.map { "\(file):\($0)" } ?? file }

  /// `FILE:LINE: what; what to do`.
  package var description: String { "\(position): \(what); \(whatToDo)" }
}
