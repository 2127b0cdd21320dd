import Backends
import CommandSupport
import Credentials
import DeletionModel
import ProcessRunning
import SiteConf
import Synchronization

/// A site's configuration made ready: its entries, and those of them that deletion can use.
struct SiteSetup {
  /// One stage-out entry, and why it can't be used.
  struct Entry {
    let stageOut: StageOutEntry
    let problem: String?
  }

  let siteName: String?
  let subSiteName: String?
  let configPath: String?
  /// Every entry that was looked at.
  let entries: [Entry]
  /// Those that can be used, as routes.
  let routes: [DeletionRoute]
  /// What is wrong in the configuration without making an entry of no use.
  let oddities: [String]
  /// Why nothing can be deleted here; nil where an entry can be used.
  let unusable: String?

  /// - Parameters:
  ///   - rse: the only RSE to use.
  ///   - backend: the only backend to use.
  ///   - override: `command=C,lfn-prefix=P,phedex-node=N`, instead of the site's entries.
  ///   - frontends: which doors have a frontend of dCache's bulk service; asked for each file, so that more may come to be known.
  ///   - onHandOver: told of each endpoint that its backend gives up. One that was asked for never does.
  ///   - requiresRoute: whether it is an error when no entry can be used.
  /// - Throws: ``SiteConfProblem``, ``CommandFailure``.
  init(
    site: SiteOptions, rse: String?, backend: String?, override: String?, protectedLFNs: [String],
    registry: BackendRegistry, environment: [String: String], requiresRoute: Bool = true,
    frontends: DCacheFrontends = DCacheFrontends(),
    onHandOver: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    let overriding = try override.map(Self.entry)
    // With an override the site is only a name in the report, unless its file was asked for.
    let configuration = try Self.configuration(
      site, environment, isNeeded: overriding == nil || site.siteConfig != nil)
    siteName = configuration?.siteName
    subSiteName = configuration?.subSiteName
    configPath = configuration?.path

    let chosen = try Self.chosen(
      overriding.map { [$0] } ?? configuration?.stageOuts ?? [], rse, in: configPath)
    if let backend, registry[backend] == nil {
      let known = registry.entries.map(\.name).joined(separator: ", ")
      throw CommandFailure(.usage, "there is no backend \"\(backend)\"; there are \(known)")
    }
    entries = chosen.map { stageOut in
      Entry(stageOut: stageOut, problem: stageOut.problem?.description ?? Self.problem(of: stageOut, backend))
    }
    oddities = (configuration?.warnings ?? []).map(\.description)
    var routes: [DeletionRoute] = []
    let backends = MadeBackends { entry in
      guard backend == nil else { return entry.make() }
      return registry.backend(
        entry, search: ExecutableSearch(path: environment["PATH"]), onHandOver: onHandOver)
    }
    for entry in entries where entry.problem == nil {
      routes.append(
        DeletionRoute(
          description: .init(entry.stageOut), protectedLFNs: protectedLFNs,
          map: { [stageOut = entry.stageOut] in stageOut.map($0) },
          backend: Self.choice(for: entry.stageOut.command, forced: backend, registry, backends, frontends)))
    }
    self.routes = routes
    let reasons = entries.compactMap(\.problem).joined(separator: "; ")
    unusable =
      routes.isEmpty
      ? "\(configPath ?? "--override"): no stage-out entry can be used for deletion: \(reasons.isEmpty ? "there is none" : reasons)"
      : nil
    if requiresRoute, let unusable { throw CommandFailure(.badSiteConfig, unusable) }
  }

  /// What a run has to say of it, a line each.
  var warnings: [String] {
    oddities + entries.compactMap { $0.problem.map { "a stage-out entry is not used: \($0)" } }
  }

  private static func configuration(
    _ site: SiteOptions, _ environment: [String: String], isNeeded: Bool
  ) throws(SiteConfProblem) -> SiteConfiguration? {
    do throws(SiteConfProblem) {
      return try SiteConfiguration.load(
        given: site.siteConfig, environment: environment, files: SiteFiles(), ignoreAccess: site.ignoreAccess)
    } catch {
      if isNeeded { throw error }
      return nil
    }
  }

  /// The entries of one RSE, or all.
  private static func chosen(_ all: [StageOutEntry], _ rse: String?, in configPath: String?) throws
    -> [StageOutEntry]
  {
    guard let rse else { return all }
    let chosen = all.filter { $0.rse == rse }
    guard chosen.isEmpty else { return chosen }
    let known = all.compactMap(\.rse).joined(separator: ", ")
    throw CommandFailure(
      .badSiteConfig,
      "\(configPath ?? "--override"): the site has no RSE \(rse); it has \(known.isEmpty ? "none" : known)")
  }

  /// The backend for a PFN's scheme. Every scheme that any backend takes is decided once, not once a file.
  private static func choice(
    for command: String, forced: String?, _ registry: BackendRegistry, _ backends: MadeBackends,
    _ frontends: DCacheFrontends
  ) -> @Sendable (PFN) -> Result<any Backend, Refusal> {
    @Sendable func decide(_ scheme: String) -> Result<BackendRegistry.Entry, Refusal> {
      do throws(BackendChoice.Problem) {
        return .success(try registry.entry(command: command, scheme: scheme, forced: forced))
      } catch {
        return .failure(Refusal(.noBackend, error.description))
      }
    }
    let known = Set(registry.entries.flatMap(\.schemes)).map { ($0, decide($0)) }
    let table = Dictionary(uniqueKeysWithValues: known)
    return { pfn in
      (table[pfn.scheme] ?? decide(pfn.scheme)).map { entry in
        backends.backend(of: forced == nil ? registry.entry(entry, at: pfn.endpoint, frontends) : entry)
      }
    }
  }

  /// A command that no backend serves is a problem of the entry, whatever its PFNs will look like.
  private static func problem(of entry: StageOutEntry, _ backend: String?) -> String? {
    guard backend == nil, !BackendChoice.commands.contains(entry.command) else { return nil }
    let known = BackendChoice.commands.joined(separator: ", ")
    return "unknown stage-out command \"\(entry.command)\"; known are \(known)"
  }

  /// Reads `command=C,lfn-prefix=P,phedex-node=N`, in any order.
  private static func entry(_ override: String) throws -> StageOutEntry {
    var values: [String: String] = [:]
    for part in override.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, ["command", "lfn-prefix", "phedex-node"].contains(pair[0]),
        values.updateValue(String(pair[1]), forKey: String(pair[0])) == nil
      else {
        throw CommandFailure(
          .usage, "--override takes command=C,lfn-prefix=P,phedex-node=N, each once, not \"\(override)\"")
      }
    }
    let entry = StageOutEntry.override(
      command: values["command"] ?? "", lfnPrefix: values["lfn-prefix"] ?? "",
      phedexNode: values["phedex-node"] ?? "")
    if let problem = entry.problem { throw CommandFailure(.usage, problem.description) }
    return entry
  }
}

extension SiteSetup {
  /// A name that stands for all others below the default root.
  static let anyLFN = AllowedRoots.defaultRoot + "x"

  /// The endpoints of the site's storage that are on the network.
  var doors: Set<String> { Set(locations(of: Self.anyLFN).map(\.endpoint)) }

  /// Where a name leads to, by every entry that can be used; local locations need no credential.
  func locations(of lfn: String) -> [TokenScopes.Location] {
    routes.compactMap { route in
      guard case .pfn(let text) = route.map(lfn), let pfn = PFN(text), pfn.scheme != "file" else {
        return nil
      }
      return TokenScopes.Location(endpoint: pfn.endpoint, lfn: lfn, storagePath: pfn.storagePath)
    }
  }
}

extension DeletionRoute.Description {
  /// What a report says of a stage-out entry.
  init(_ entry: StageOutEntry) {
    self.init(
      rse: entry.rse, storageSite: entry.storageSite, volume: entry.volume, protocolName: entry.protocolName,
      command: entry.command)
  }
}

/// One backend of each kind that the site's entries can need, made when it is first asked for: to set up TLS takes
/// longer than to remove some thousand files.
final class MadeBackends: Sendable {
  private let made = Mutex<[String: any Backend]>([:])
  private let make: @Sendable (BackendRegistry.Entry) -> any Backend

  /// - Parameter make: makes the backend of an entry.
  init(_ make: @escaping @Sendable (BackendRegistry.Entry) -> any Backend) { self.make = make }

  /// The backend of an entry of the registry.
  func backend(of entry: BackendRegistry.Entry) -> any Backend {
    made.withLock { made in
      if let known = made[entry.name] { return known }
      let new = make(entry)
      made[entry.name] = new
      return new
    }
  }
}
