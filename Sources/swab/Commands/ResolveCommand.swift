import ArgumentParser
import ByteStreams
import CommandSupport
import DeletionEngine
import DeletionModel
import ListReading
import SiteConf

/// `swab resolve`.
struct ResolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Show where LFNs are: the site's stage-out entries, or the plain mapping of one catalog.",
    discussion: """
      With a site configuration, every usable stage-out entry is shown with the PFN it gives and the backend that \
      would delete it, and whether the safety rules would refuse the LFN. With --catalog, one storage.json or \
      storage.xml is applied as it stands, without the safety rules.

      Examples:
        swab resolve /store/unmerged/a/b.root
        swab resolve --catalog storage.json --protocol WebDAV --volume Disk --storage-site T2_XX_Site /store/unmerged/a/b.root
      """)

  @OptionGroup(title: "What") var lists: ListOptions
  @OptionGroup(title: "Where") var site: SiteOptions
  @OptionGroup var messages: MessageOptions

  @Option(
    name: .long, help: ArgumentHelp("Map by this storage.json or storage.xml alone.", valueName: "file"))
  var catalog: String?

  @Option(
    name: .long, help: ArgumentHelp("The catalog's protocol; needed with --catalog.", valueName: "name"))
  var `protocol`: String?

  @Option(name: .long, help: ArgumentHelp("The volume; needed with a storage.json.", valueName: "name"))
  var volume: String?

  @Option(
    name: .long, help: ArgumentHelp("The volume's site; needed with a storage.json.", valueName: "site"))
  var storageSite: String?

  @Flag(name: .long, help: "Print one JSON line per LFN.")
  var json = false

  func validate() throws {
    guard !lists.lfns.isEmpty || !lists.from.isEmpty else {
      throw ValidationError("Name at least one LFN, or a list with --from.")
    }
    if catalog == nil {
      guard `protocol` == nil, volume == nil, storageSite == nil else {
        throw ValidationError("--protocol, --volume and --storage-site need --catalog.")
      }
    } else {
      guard `protocol` != nil else { throw ValidationError("--catalog needs --protocol.") }
      guard site.siteConfig == nil, site.rse == nil else {
        throw ValidationError("--catalog excludes --site-config and --rse.")
      }
    }
  }

  func run() throws {
    do {
      if let catalog, let protocolName = `protocol` {
        try mapPlainly(by: catalog, protocolName)
      } else {
        try mapThroughSite()
      }
    } catch {
      throw CommandFailure(error)
    }
  }

  private func mapThroughSite() throws {
    let environment = ProcessEnvironment.current
    let setup = try SiteSetup(
      site: site, rse: site.rse, backend: nil, override: nil, protectedLFNs: [],
      registry: .standard(time: SystemTime(), variables: environment), environment: environment)
    guard let allowed = AllowedRoots([]) else { return }
    let resolver = Resolver(
      routes: setup.routes, rules: SafetyRules(allowed: allowed, protected: PathTree()))
    try eachName { name, lines in
      let explanation = resolver.explain(name)
      if json {
        ResolveText.json(explanation, setup.routes.map(\.description), to: &lines)
      } else {
        ResolveText.text(explanation, setup.routes.map(\.description), to: &lines)
      }
    }
  }

  private func mapPlainly(by file: String, _ protocolName: String) throws {
    let bytes = try FileSource.contents(of: file)
    let loaded = Result { () throws(SiteConfProblem) in
      try Catalog.load(
        bytes, file: file, protocolName: protocolName, volume: volume, storageSite: storageSite)
    }
    try eachName { name, lines in
      let result =
        name.isValidUTF8 ? (try? loaded.get())?.map(name.text) ?? .noPFN(.catalogue) : .noPFN(.noMatch)
      if json {
        ResolveText.json(name.text, result, to: &lines)
      } else {
        ResolveText.text(name.text, result, to: &lines)
      }
    }
    // A catalog that can't be read still gets every name its answer, and then says why it was that.
    _ = try loaded.get()
  }

  private func eachName(_ write: (ListedLFN, inout JSONText) throws -> Void) throws {
    var names = try LFNLists(
      ListSource.of(lists), spoolDirectory: SpoolFile.directory(environment: ProcessEnvironment.current))
    _ = try names.survey()
    while let batch = try names.nextBatch(limit: 1000) {
      var lines = JSONText()
      for name in batch { try write(name, &lines) }
      Terminal.write(lines.bytes)
    }
  }
}
