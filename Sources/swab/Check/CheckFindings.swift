import Backends
import CommandSupport
import DeletionEngine
import DeletionModel
import FoundationEssentials
import SiteConf
import Networking
import Credentials
import ProcessRunning
import Glibc

/// Everything that `swab check` finds out.
struct CheckFindings {
  /// One storage endpoint of the site.
  struct Endpoint {
    /// `scheme://host:port`, or the directory of a mounted file system.
    let name: String
    /// Whether it answers; nil when nobody asked.
    let finding: EndpointFinding?
  }

  let setup: SiteSetup
  let tools: [ToolProbe.Finding]
  let credentials: [CredentialFinding]
  /// Where the token does not fit, and what to ask for, a line each.
  let misfits: [String]
  let endpoints: [Endpoint]
  private let search: ExecutableSearch

  /// An LFN as any site must be able to map it. No such file is ever asked for.
  static let probeLFN = AllowedRoots.defaultRoot + "swab-check"

  /// How long an endpoint may take to answer.
  private static let timeLimit: Duration = .seconds(10)

  static func gather(_ setup: SiteSetup, environment: [String: String], offline: Bool) async -> CheckFindings
  {
    let variables = ChildEnvironment(inheriting: environment)
    let search = ExecutableSearch(path: environment["PATH"])
    let probe = ToolProbe(search: search, runner: SubprocessRunner(search: search), environment: variables)
    var tools: [ToolProbe.Finding] = []
    for tool in ToolProbe.tools { tools.append(await probe.probe(tool)) }
    let credentials = CredentialStore(environment: environment, euid: geteuid(), time: SystemTime())
    credentials.expect(setup.locations(of: probeLFN))
    return CheckFindings(
      setup: setup, tools: tools, credentials: credentials.findings, misfits: credentials.misfits.map(\.text),
      endpoints: await endpoints(of: setup, offline: offline), search: search)
  }

  /// All endpoints at the same time, so that several dead ones cost no more than one.
  private static func endpoints(of setup: SiteSetup, offline: Bool) async -> [Endpoint] {
    var pfns: [PFN] = []
    for route in setup.routes {
      guard case .pfn(let text) = route.map(probeLFN), let pfn = PFN(text) else { continue }
      if !pfns.contains(where: { name(of: $0) == name(of: pfn) }) { pfns.append(pfn) }
    }
    if offline { return pfns.map { Endpoint(name: name(of: $0), finding: nil) } }
    return await withTaskGroup(of: (Int, EndpointFinding).self) { group in
      for (index, pfn) in pfns.enumerated() {
        group.addTask { (index, await probe(at: pfn)) }
      }
      var findings: [Int: EndpointFinding] = [:]
      for await (index, finding) in group { findings[index] = finding }
      return pfns.enumerated().map { Endpoint(name: name(of: $1), finding: findings[$0]) }
    }
  }

  private static func probe(at pfn: PFN) async -> EndpointFinding {
    guard pfn.scheme == "file" else {
      return await EndpointProbe.probe(scheme: pfn.scheme, authority: pfn.authority, timeout: timeLimit)
    }
    let isThere = SiteFiles().exists(directory(of: pfn))
    return EndpointFinding(
      endpoint: name(of: pfn), state: isThere ? .answers : .unreachable, milliseconds: 0,
      text: isThere ? "the directory is there" : "no such directory on this machine")
  }

  private static func name(of pfn: PFN) -> String {
    pfn.scheme == "file" ? "file://\(directory(of: pfn))" : pfn.endpoint
  }

  private static func directory(of pfn: PFN) -> String {
    let directory = pfn.path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(pfn.path[..<$0]) } ?? ""
    return directory.isEmpty ? "/" : directory
  }

  /// What someone has to look at, a line each.
  var problems: [String] {
    var problems = [setup.unusable].compactMap { $0 } + setup.warnings
    for route in setup.routes where route.map(Self.probeLFN) == .noPFN(.noMatch) {
      problems.append(
        "\(route.description.rse ?? "an entry"): its catalog has no rule for \(AllowedRoots.defaultRoot)…")
    }
    for tool in tools where neededTools.contains(tool.name) {
      if let problem = tool.problem { problems.append("\(tool.name): \(problem)") }
    }
    for credential in credentials {
      if let problem = credential.hindrance(at: Date()) ?? credential.problem {
        problems.append("\(credential.source): \(problem)")
      }
    }
    problems += misfits
    for endpoint in endpoints {
      if let finding = endpoint.finding, finding.state.isDead {
        problems.append("\(endpoint.name): \(finding.text)")
      }
    }
    return problems
  }

  /// The tools of the backends that this site comes to.
  private var neededTools: Set<String> {
    let registry = BackendRegistry.standard(time: SystemTime(), variables: [:])
    let tools = setup.routes.compactMap { route -> String? in
      guard case .pfn(let text) = route.map(Self.probeLFN), let pfn = PFN(text),
        case .success(let backend) = route.backend(pfn)
      else { return nil }
      return registry[backend.name]?.tool
    }
    return Set(tools)
  }

  /// The backend that an entry comes to; nil where its catalog has no rule or no backend takes the scheme.
  func backend(of entry: SiteSetup.Entry) -> String? {
    guard entry.problem == nil, case .pfn(let text) = entry.stageOut.map(Self.probeLFN), let pfn = PFN(text)
    else { return nil }
    return try? BackendChoice.backend(command: entry.stageOut.command, scheme: pfn.scheme)
  }

  /// The backend that would take over from that one here; nil where none is installed, or none ever does.
  func fallback(of backend: String) -> String? {
    BackendRegistry.standard(time: SystemTime(), variables: [:]).fallback(of: backend, search: search)?.name
  }
}

extension EndpointState {
  /// Whether nothing can be deleted there now.
  var isDead: Bool { self != .answers && self != .nothingToProbe }
}
