/// What a site-local-config.xml says about where files are stored. Nothing else in the file is read, and
/// nothing else is asked for: WMCore refuses a file without `<event-data>`, which deletion has no use for.
package struct SiteLocalConfig: Sendable, Equatable {
  /// A `<method>` of `<stage-out>`.
  package struct Method: Sendable, Equatable {
    /// Whose storage it is; the own site where nothing is said.
    package let storageSite: String
    /// The volume; nil where it is missing or empty.
    package let volume: String?
    /// The protocol; nil where it is missing or empty.
    package let protocolName: String?
    /// The command; `gfal2` where the attribute is missing. An empty one stays empty.
    package let command: String
    /// The command's option, which is meant for copying.
    package let option: String?
    /// Where it stands.
    package let line: Int
  }

  /// A `<local-stage-out>` or a `<fallback-stage-out>`, the older form.
  package struct StageOut: Sendable, Equatable {
    /// The command; nil where there is none.
    package let command: String?
    /// The command's option, which is meant for copying.
    package let option: String?
    /// The name of the storage element (its RSE).
    package let phedexNode: String?
    /// The contact string of its catalog.
    package let catalog: CatalogURL?
    /// What an LFN is appended to.
    package let lfnPrefix: String?
    /// Where it stands.
    package let line: Int
  }

  /// The contact string of a `<catalog>`, not yet looked at.
  package struct CatalogURL: Sendable, Equatable {
    /// The text.
    package let url: String
    /// Where it stands.
    package let line: Int
  }

  /// The site's name; never empty.
  package let siteName: String
  /// The subsite's name, wherever in the site it stands; nil where there is no `<subsite>` or it has no name.
  package let subSiteName: String?
  /// The catalogs of `<event-data>`, in order.
  package let eventDataCatalogs: [CatalogURL]
  /// The methods of all `<stage-out>` blocks, in order.
  package let methods: [Method]
  /// The `<local-stage-out>` blocks, in order.
  package let localStageOuts: [StageOut]
  /// The `<fallback-stage-out>` blocks, in order.
  package let fallbackStageOuts: [StageOut]
  /// What has been passed over.
  package let warnings: [SiteConfProblem]

  /// Reads a site-local-config.xml.
  ///
  /// - Throws: ``SiteConfProblem`` for what is not well-formed XML or does not name a site.
  package init(bytes: [UInt8], file: String) throws(SiteConfProblem) {
    let root = try XMLReader.parse(bytes, file: file)
    var warnings: [SiteConfProblem] = []
    func warn(_ element: XMLElement, _ what: String) {
      warnings.append(
        SiteConfProblem(file: file, line: element.line, what: what, whatToDo: "correct the file"))
    }
    let sites = root.name == "site-local-config" ? root.children(named: "site") : []
    // Of several sites WMCore takes the last.
    guard let site = sites.last else {
      throw SiteConfProblem(
        file: file, line: root.line, what: "no <site> in a <site-local-config>",
        whatToDo: "check that this is a site-local-config.xml")
    }
    if sites.count > 1 { warn(site, "there are \(sites.count) sites; only this one, the last, counts") }
    guard let name = site.attributes["name"], !name.isEmpty else {
      throw SiteConfProblem(
        file: file, line: site.line, what: "the <site> has no name", whatToDo: "add the site's name")
    }
    siteName = name
    let subsites = site.children(named: "subsite")
    subSiteName = subsites.last?.attributes["name"]
    for subsite in subsites where !subsite.children.isEmpty {
      warn(subsite, "what is inside <subsite> does not count")
    }
    let blocks = site.children(named: "stage-out")
    for other in blocks.flatMap(\.children) where other.name != "method" {
      warn(other, "<\(other.name)> in <stage-out> is passed over: only <method> counts")
    }
    eventDataCatalogs = site.children(named: "event-data").flatMap { $0.children(named: "catalog") }
      .compactMap(CatalogURL.init)
    methods = blocks.flatMap { $0.children(named: "method") }.map { Method($0, siteName: name) }
    localStageOuts = site.children(named: "local-stage-out").map(StageOut.init)
    fallbackStageOuts = site.children(named: "fallback-stage-out").map(StageOut.init)
    self.warnings = warnings
  }
}

extension SiteLocalConfig.Method {
  fileprivate init(_ element: XMLElement, siteName: String) {
    func filled(_ name: String) -> String? {
      element.attributes[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    storageSite = element.attributes["site"] ?? siteName
    volume = filled("volume")
    protocolName = filled("protocol")
    command = element.attributes["command"] ?? "gfal2"
    option = element.attributes["option"]
    line = element.line
  }
}

extension SiteLocalConfig.StageOut {
  fileprivate init(_ element: XMLElement) {
    func value(_ name: String) -> String? {
      element.children(named: name).last?.attributes["value"]
    }
    command = value("command")
    option = value("option")
    phedexNode = value("phedex-node").flatMap { $0.isEmpty ? nil : $0 }
    catalog = element.children(named: "catalog").compactMap(SiteLocalConfig.CatalogURL.init).last
    lfnPrefix = value("lfn-prefix")
    line = element.line
  }
}

extension SiteLocalConfig.CatalogURL {
  fileprivate init?(_ element: XMLElement) {
    guard let url = element.attributes["url"] else { return nil }
    self.url = url
    line = element.line
  }
}
