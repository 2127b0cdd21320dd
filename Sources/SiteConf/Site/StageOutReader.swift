/// Makes stage-out entries of what site-local-config.xml says, and reads the catalogs they need, each once.
struct StageOutReader {
  let config: SiteLocalConfig
  let location: SiteConfigLocation
  let environment: [String: String]
  let files: any SiteConfFiles
  let ignoreAccess: Bool

  /// What is wrong in the catalogs without concerning an entry.
  private(set) var warnings: [SiteConfProblem] = []
  private var descriptions: [String: Result<StorageDescription, SiteConfProblem>] = [:]

  init(
    config: SiteLocalConfig, location: SiteConfigLocation, environment: [String: String],
    files: any SiteConfFiles, ignoreAccess: Bool
  ) {
    self.config = config
    self.location = location
    self.environment = environment
    self.files = files
    self.ignoreAccess = ignoreAccess
  }

  /// All entries, in the order to try them.
  mutating func entries() -> [StageOutEntry] {
    var entries: [StageOutEntry] = []
    for method in config.methods { entries.append(entry(for: method)) }
    if config.methods.isEmpty {
      for stageOut in config.localStageOuts { entries.append(localEntry(for: stageOut)) }
    }
    for stageOut in config.fallbackStageOuts { entries.append(fallbackEntry(for: stageOut)) }
    return entries
  }

  private func problem(_ line: Int, _ what: String, _ whatToDo: String) -> SiteConfProblem {
    SiteConfProblem(file: location.path, line: line, what: what, whatToDo: whatToDo)
  }

  // MARK: A method, through storage.json

  private mutating func entry(for method: SiteLocalConfig.Method) -> StageOutEntry {
    var rse: String?
    var catalogFile: String?
    var mapping = StageOutEntry.Mapping.none
    var found: SiteConfProblem?
    do throws(SiteConfProblem) {
      guard let volumeName = method.volume, let protocolName = method.protocolName else {
        let missing = method.volume == nil ? "volume" : "protocol"
        throw problem(method.line, "the method has no \(missing)", "add it")
      }
      let file = try storageDescriptionPath(for: method)
      catalogFile = file
      guard let volume = try description(file).volume(volumeName, of: method.storageSite) else {
        throw SiteConfProblem.unknownVolume(volumeName, of: method.storageSite, in: file)
      }
      rse = volume.rse
      let mapper = LFNMapper(volume.rules, protocols: [protocolName])
      mapping = .rules(mapper)
      try check(volume, protocolName: protocolName, mapper: mapper, file: file)
    } catch {
      found = error
    }
    return StageOutEntry(
      kind: .method, rse: rse, command: method.command, option: method.option,
      storageSite: method.storageSite, volume: method.volume, protocolName: method.protocolName,
      catalogFile: catalogFile, line: method.line, mapping: mapping, problem: found)
  }

  private func storageDescriptionPath(
    for method: SiteLocalConfig.Method
  ) throws(SiteConfProblem) -> String {
    do {
      return try StorageDescriptionPath.path(
        storageSite: method.storageSite, siteName: config.siteName, subSiteName: config.subSiteName,
        directory: location.directory, environment: environment, files: files)
    } catch {
      throw problem(method.line, error.what, error.whatToDo)
    }
  }

  private mutating func description(_ file: String) throws(SiteConfProblem) -> StorageDescription {
    if let known = descriptions[file] { return try known.get() }
    let result: Result<StorageDescription, SiteConfProblem>
    do {
      let description = try StorageDescription(bytes: files.bytes(of: file), file: file)
      warnings += description.warnings
      result = .success(description)
    } catch {
      result = .failure(error)
    }
    descriptions[file] = result
    return try result.get()
  }

  private func check(
    _ volume: StorageVolume, protocolName: String, mapper: LFNMapper, file: String
  ) throws(SiteConfProblem) {
    func problem(_ what: String, _ whatToDo: String) -> SiteConfProblem {
      SiteConfProblem(file: file, line: volume.line, what: what, whatToDo: whatToDo)
    }
    guard volume.access[protocolName] != nil else {
      throw problem("volume \(volume.name) has no protocol \(protocolName)", "correct the method")
    }
    guard mapper.hasRules else {
      throw problem(
        "protocol \(protocolName) of volume \(volume.name) has no usable rule", "add a prefix or rules")
    }
    // WMCore's DeleteMgr passes such a method over.
    guard volume.rse != nil else {
      throw problem("volume \(volume.name) has no rse", "add the volume's rse")
    }
    if !ignoreAccess, let access = volume.accessThatForbidsDeletion(by: protocolName) {
      throw problem(
        "protocol \(protocolName) of volume \(volume.name) has access \(access)",
        "use a protocol that may write, or --ignore-access")
    }
  }

  // MARK: The older forms

  private mutating func localEntry(for stageOut: SiteLocalConfig.StageOut) -> StageOutEntry {
    var protocolName: String?
    var catalogFile: String?
    var mapping = StageOutEntry.Mapping.none
    var found: SiteConfProblem?
    do throws(SiteConfProblem) {
      guard let catalog = stageOut.catalog ?? config.eventDataCatalogs.first else {
        throw problem(
          stageOut.line, "<local-stage-out> has no catalog, and <event-data> has none either",
          "add a catalog, or a <stage-out> method")
      }
      let contact = try ContactString(catalog.url, file: location.path, line: catalog.line)
      protocolName = contact.protocols.joined(separator: ",")
      catalogFile = contact.path
      let rules = try TrivialFileCatalog(bytes: files.bytes(of: contact.path), file: contact.path)
        .ruleSet(destination: contact.destination)
      warnings += rules.warnings
      let mapper = LFNMapper(rules, protocols: contact.protocols)
      mapping = .rules(mapper)
      guard mapper.hasRules else {
        throw problem(
          catalog.line, "\(contact.path) has no usable rule for protocol \(protocolName ?? "")",
          "correct the protocol or add a rule")
      }
      try checkCommand(of: stageOut, element: "local-stage-out")
    } catch {
      found = error
    }
    return StageOutEntry(
      kind: .localStageOut, rse: stageOut.phedexNode, command: stageOut.command ?? "",
      option: stageOut.option, protocolName: protocolName, catalogFile: catalogFile,
      line: stageOut.line, mapping: mapping, problem: found)
  }

  private func fallbackEntry(for stageOut: SiteLocalConfig.StageOut) -> StageOutEntry {
    var mapping = StageOutEntry.Mapping.none
    var found: SiteConfProblem?
    do throws(SiteConfProblem) {
      // An empty prefix would make the LFN a path on this machine.
      guard let prefix = stageOut.lfnPrefix, !prefix.isEmpty else {
        throw problem(stageOut.line, "<fallback-stage-out> has no lfn-prefix", "add it")
      }
      mapping = .prefix(prefix)
      try checkCommand(of: stageOut, element: "fallback-stage-out")
    } catch {
      found = error
    }
    return StageOutEntry(
      kind: .fallbackStageOut, rse: stageOut.phedexNode, command: stageOut.command ?? "",
      option: stageOut.option, lfnPrefix: stageOut.lfnPrefix, line: stageOut.line, mapping: mapping,
      problem: found)
  }

  /// The default command is one for methods; WMCore refuses the older forms without.
  private func checkCommand(
    of stageOut: SiteLocalConfig.StageOut, element: String
  ) throws(SiteConfProblem) {
    guard stageOut.command != nil else {
      throw problem(stageOut.line, "<\(element)> has no command", "add it")
    }
  }
}
