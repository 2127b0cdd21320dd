import Backends
import CommandSupport
import Credentials
import DeletionEngine
import DeletionModel
import Glibc
import ProcessRunning
import SiteConf

/// Everything that `swab check` finds out about a site.
struct SiteCheck {
  /// The site; nil where its configuration can't be used.
  let setup: SiteSetup?
  /// Why it can't; nil where it can.
  let siteProblem: CheckFinding?
  let tools: [ToolProbe.Finding]
  let credentials: CredentialStore
  /// Where a credential is looked for.
  let search: CredentialSearch
  let endpoints: [EndpointCheck]
  /// What backends had to say of an endpoint, a line each.
  let notices: [String]
  /// The backend that every entry is to use; nil for that of the table.
  let forcedBackend: String?
  private let executables: ExecutableSearch
  private let registry: BackendRegistry

  /// - Throws: ``CommandFailure`` for a wrong `--allow` or `--dcache-frontend`.
  init(_ command: CheckCommand, environment: [String: String]) async throws {
    guard let allowed = AllowedRoots(command.allow) else {
      throw CommandFailure(.usage, DeleteSettings.allowRule)
    }
    let time = SystemTime()
    let (hosts, frontends, warnings) = (StorageHosts(), DCacheFrontends(), RunWarnings())
    credentials = CredentialStore(environment: environment, euid: geteuid(), time: time)
    search = CredentialSearch(environment: environment, euid: geteuid())
    if let frontend = command.backends.dcacheFrontend {
      frontends.use(try DeleteSettings.frontend(frontend))
    }
    executables = ExecutableSearch(path: environment["PATH"])
    forcedBackend = command.backends.backend
    let uses = CredentialUses(credentials)
    let registry = BackendRegistry.standard(
      time: time, variables: credentials.variablesForTools, credentials: credentials,
      answerLimit: .seconds(command.timeout),
      options: NativeOptions(storageHosts: hosts, frontends: frontends) { _ = uses.note($0) },
      allowed: allowed, onNotice: warnings.add)
    self.registry = registry
    do {
      setup = try SiteSetup(
        site: command.site, rse: command.site.rse, backend: command.backends.backend,
        override: command.backends.override, protectedLFNs: [], registry: registry,
        environment: environment, requiresRoute: false, frontends: frontends, onHandOver: warnings.add)
      siteProblem = nil
    } catch let problem as SiteConfProblem {
      setup = nil
      siteProblem = .init(
        .error, .site, problem.position + ": " + problem.what, remedy: problem.whatToDo,
        status: .badSiteConfig)
    } catch {
      let failure = CommandFailure(error)
      if failure.status == .usage { throw failure }
      setup = nil
      siteProblem = .init(.error, .site, failure.description, status: failure.status)
    }
    let probe = ToolProbe(
      search: executables, runner: SubprocessRunner(search: executables),
      environment: ChildEnvironment(inheriting: environment))
    var tools: [ToolProbe.Finding] = []
    for tool in ToolProbe.tools { tools.append(await probe.probe(tool)) }
    self.tools = tools
    if let setup {
      for door in setup.doors { hosts.add(endpoint: door) }
      let roots = EndpointCheck.roots(allowed)
      credentials.expect(roots.flatMap { setup.locations(of: $0 + EndpointCheck.probeName) })
      endpoints = await EndpointCheck.all(
        setup, roots: roots, uses, time, timeLimit: .seconds(command.timeout), isOffline: command.offline)
    } else {
      endpoints = []
    }
    notices = warnings.all
  }

  /// The stage-out entries.
  var entries: [SiteSetup.Entry] { setup?.entries ?? [] }

  /// The backend that an entry comes to; nil where its catalog has no rule or no backend takes the scheme.
  func backend(of entry: SiteSetup.Entry) -> String? {
    guard entry.problem == nil,
      case .pfn(let text) = entry.stageOut.map(AllowedRoots.defaultRoot + AllowedRoots.probeName),
      let pfn = PFN(text)
    else { return nil }
    return try? registry.entry(command: entry.stageOut.command, scheme: pfn.scheme, forced: forcedBackend)
      .name
  }

  /// The tool that a backend needs; nil for none.
  func tool(of backend: String) -> String? { registry[backend]?.tool }

  /// The backend that would take over from that one here; nil where none is installed, or none ever does.
  func fallback(of backend: String) -> String? {
    forcedBackend == nil ? registry.fallback(of: backend, search: executables)?.name : nil
  }
}
