import Backends
import Credentials
import DeletionModel
import FoundationEssentials
import JobReports
import SiteConf

/// What a check comes to: its findings, the worst last, and whether a deletion could work.
struct CheckResult {
  let findings: [CheckFinding]
  /// With which code the command ends.
  let status: ExitStatus
  /// "ready", or what is missing.
  let sentence: String

  init(_ check: SiteCheck) {
    let rows = Self.site(check) + Self.tools(check) + Self.credentials(check) + Self.endpoints(check)
    findings = CheckFinding.Mark.allCases.flatMap { mark in rows.filter { $0.mark == mark } }
    let errors = findings.filter { $0.mark == .error }
    let usable = check.endpoints.filter { check.isUsable($0) }
    guard usable.isEmpty else {
      status = .allGone
      let names = usable.map { endpoint in
        let credential = endpoint.credential.map { " with \($0.text)" } ?? ""
        return "\(endpoint.name) by \(endpoint.inspection?.backend ?? endpoint.backend)\(credential)"
      }
      let isAsked = usable.contains { $0.inspection != nil }
      sentence =
        (isAsked ? "ready" : "ready as far as can be seen without asking an endpoint")
        + (errors.isEmpty ? "" : ", but not everywhere")
        + ": files can be deleted at \(names.joined(separator: "; "))"
      return
    }
    let reasons: [(status: ExitStatus, text: String)] = [
      (.badSiteConfig, "the site's configuration leads to no storage that can be used"),
      (.noPermission, "no credential can be used, or the storage does not accept it"),
      (.unavailable, "no endpoint can be used"),
    ]
    let ours = reasons.filter { reason in errors.contains { $0.status == reason.status } }
    status = ours.first?.status ?? .unavailable
    sentence = "not ready: " + (ours.isEmpty ? reasons.suffix(1) : ours).map(\.text).joined(separator: "; ")
  }

  private static func site(_ check: SiteCheck) -> [CheckFinding] {
    guard let setup = check.setup else { return check.siteProblem.map { [$0] } ?? [] }
    let names = [
      setup.siteName ?? "no site", setup.subSiteName.map { "subsite \($0)" },
      "by \(setup.configPath ?? "--override")",
    ]
    var rows = [CheckFinding(.ok, .site, names.compactMap { $0 }.joined(separator: ", "))]
    rows += setup.oddities.map { .init(.warning, .site, $0) }
    if setup.entries.isEmpty {
      rows.append(
        .init(
          .error, .stageOut, "there is no stage-out entry", remedy: "add a <method> to <stage-out>",
          status: .badSiteConfig))
    }
    return rows + setup.entries.map { stageOut($0, check) }
  }

  private static func stageOut(_ entry: SiteSetup.Entry, _ check: SiteCheck) -> CheckFinding {
    let stageOut = entry.stageOut
    let names = [stageOut.storageSite, stageOut.volume, stageOut.protocolName].compactMap { $0 }
    let mapping = stageOut.lfnPrefix.map { "prefix \($0)" } ?? names.joined(separator: "/")
    let what = "\(stageOut.rse ?? "(no RSE)"): \(stageOut.command), \(mapping)"
    if let problem = stageOut.problem {
      return .init(
        .error, .stageOut, "\(what): \(problem.position): \(problem.what)", remedy: problem.whatToDo,
        status: .badSiteConfig)
    }
    if let problem = entry.problem {
      return .init(.error, .stageOut, "\(what): \(problem)", status: .badSiteConfig)
    }
    let root = AllowedRoots.defaultRoot
    switch stageOut.map(root + AllowedRoots.probeName) {
    case .noPFN:
      return .init(
        .error, .stageOut, "\(what): its catalog has no rule for \(root)…",
        remedy: "add a rule or a prefix to \(stageOut.catalogFile ?? "the catalog")", status: .badSiteConfig)
    case .pfn(let pfn):
      guard let backend = check.backend(of: entry) else {
        return .init(
          .error, .stageOut, "\(what): no backend takes \(MessageText.oneLine(pfn, limit: 300))",
          remedy: "see \"swab backends\" for what each command can delete", status: .badSiteConfig)
      }
      return .init(.ok, .stageOut, "\(what), by \(backend)\(handOver(of: backend, check))")
    }
  }

  private static func handOver(of backend: String, _ check: SiteCheck) -> String {
    guard check.forcedBackend == nil, let handOver = BackendChoice.handOvers[backend] else { return "" }
    let other =
      check.fallback(of: backend)
      ?? "nothing (the tools of \(handOver.fallbacks.joined(separator: " and ")) are not installed)"
    return "; where \(handOver.condition), by \(other)"
  }

  private static func tools(_ check: SiteCheck) -> [CheckFinding] {
    check.tools.map { tool in
      guard let problem = tool.problem else {
        let found = [tool.path, tool.version].compactMap { $0 }.joined(separator: ", ")
        return .init(.ok, .tool, "\(tool.name): \(found)")
      }
      guard check.needs(tool.name) else {
        return .init(.note, .tool, "\(tool.name): \(problem); no stage-out entry needs it")
      }
      let package = tool.name == "xrdfs" ? "xrootd-client" : "gfal2-util and the gfal2 plugin of the scheme"
      return .init(
        .error, .tool, "\(tool.name): \(problem)",
        remedy: tool.path == nil ? "install \(package), or set PATH" : "make \(tool.name) --help work",
        status: .unavailable)
    }
  }

  // MARK: Credentials

  private static func credentials(_ check: SiteCheck) -> [CheckFinding] {
    let store = check.credentials
    let misfits = store.misfits.map { misfit in
      CheckFinding(
        misfit.isFinal ? .error : .warning, .credential, misfit.text,
        status: misfit.isFinal ? .noPermission : nil)
    }
    guard store.findings.isEmpty else {
      return store.findings.map { credential($0, check) } + misfits
    }
    let text = "none found: \(check.search.text)"
    if check.isRefusedWithout {
      return [.init(.error, .credential, text, remedy: CredentialSearch.remedy, status: .noPermission)]
    }
    guard check.endpoints.isEmpty || check.endpoints.contains(where: \.takesCredentials) else {
      return [.init(.note, .credential, "none found, and no endpoint takes one")]
    }
    return [.init(.warning, .credential, text, remedy: CredentialSearch.remedy)]
  }

  private static func credential(_ credential: CredentialFinding, _ check: SiteCheck) -> CheckFinding {
    let parts: [String?] = [
      credential.kind.rawValue, credential.state.rawValue,
      credential.isOpaque ? "neither a JSON web token nor a macaroon, so that nothing is known of it" : nil,
      credential.subject, credential.identifier.map { "identifier \($0)" },
      credential.expires.map { "expires \($0.formatted(.iso8601))" },
      credential.scopes.isEmpty ? nil : credential.scopes.joined(separator: " "),
      credential.audiences.isEmpty ? nil : "for \(credential.audiences.joined(separator: " "))",
    ]
    let text = "\(credential.source): \(parts.compactMap { $0 }.joined(separator: ", "))"
    if let hindrance = credential.hindrance(at: Date()) {
      let isNeeded = check.isWithoutUsableCredential
      return .init(
        isNeeded ? .error : .warning, .credential, "\(text); it is not used: \(hindrance)",
        remedy: remedy(for: credential), status: isNeeded ? .noPermission : nil)
    }
    if let problem = credential.problem {
      return .init(.warning, .credential, "\(text): \(problem)", remedy: remedy(for: credential))
    }
    if credential.isOpaque {
      return .init(
        .warning, .credential, text, remedy: "see that the token, and nothing else, is in there")
    }
    return .init(.ok, .credential, text)
  }

  private static func remedy(for credential: CredentialFinding) -> String {
    switch credential.state {
    case .worldReadable: "chmod 600"
    case .notYetValid: "set this machine's clock, or get another one"
    case .valid where credential.kind.isBearer: "get one that can delete (storage.modify:/store/unmerged)"
    case .unreadable: "correct the variable or the permissions of the file"
    case .valid, .expired, .empty, .malformed:
      credential.kind.isBearer
        ? "get a new one (htgettoken, oidc-token)" : "get a new one (voms-proxy-init --voms cms)"
    }
  }

  // MARK: Endpoints

  private static func endpoints(_ check: SiteCheck) -> [CheckFinding] {
    check.notices.map { .init(.warning, .endpoint, $0) } + check.endpoints.map { endpoint($0, check) }
  }

  private static func endpoint(_ endpoint: EndpointCheck, _ check: SiteCheck) -> CheckFinding {
    let name = endpoint.name
    if endpoint.isDead, let reach = endpoint.reach {
      return .init(
        .error, .endpoint, "\(name): \(reach.text)", remedy: EndpointRemedy.text(for: reach.state),
        status: .unavailable)
    }
    guard let inspection = endpoint.inspection else {
      return .init(.note, .endpoint, "\(name): not asked")
    }
    let end =
      " (by \(inspection.backend)\(endpoint.credential.map { "; it was shown \($0.text)" } ?? ""))"
    switch inspection.finding {
    case .directory:
      return .init(.ok, .endpoint, "\(name): \(endpoint.directory.lfn) is there\(end)")
    case .absent, .other:
      let what = inspection.finding == .absent ? "is not there" : "is no directory"
      return .init(
        .error, .endpoint, "\(name): \(endpoint.directory.pfn.text) \(what)\(end)",
        remedy: "correct the prefix of \(endpoint.directory.lfn) in the site's catalog, or give --allow",
        status: .badSiteConfig)
    case .failed(let error):
      if check.hasBrokenTool(endpoint) {
        return .init(.note, .endpoint, "\(name): not asked, as its tool can't be used")
      }
      return .init(
        .error, .endpoint, "\(name): \(error.message.trimmingPrefix("not sent: "))\(end)",
        remedy: EndpointRemedy.text(for: error, endpoint),
        status: error.errorClass == .auth ? .noPermission : .unavailable)
    }
  }
}

extension SiteCheck {
  /// Whether a stage-out entry comes to a backend that needs the tool.
  func needs(_ tool: String) -> Bool {
    entries.contains { backend(of: $0).flatMap(self.tool) == tool }
  }

  /// Whether the endpoint's backend needs a tool that can't be used.
  func hasBrokenTool(_ endpoint: EndpointCheck) -> Bool {
    guard let name = tool(of: endpoint.backend) else { return false }
    return tools.contains { $0.name == name && $0.problem != nil }
  }

  /// Whether credentials are there, none of them can be used, and some endpoint takes one.
  var isWithoutUsableCredential: Bool {
    credentials.problem != nil && endpoints.contains(where: \.takesCredentials)
  }

  /// Whether an endpoint has refused us who was shown nothing.
  var isRefusedWithout: Bool {
    endpoints.contains { endpoint in
      guard case .failed(let error)? = endpoint.inspection?.finding else { return false }
      return error.errorClass == .auth && endpoint.credential?.kind == CredentialSummary.Kind.none
    }
  }

  /// Whether files could be deleted there; of one that was not asked, as far as can be seen.
  func isUsable(_ endpoint: EndpointCheck) -> Bool {
    if endpoint.isDead || hasBrokenTool(endpoint) { return false }
    if let inspection = endpoint.inspection, inspection.finding != .directory { return false }
    if endpoint.takesCredentials, credentials.problem != nil { return false }
    return !credentials.misfits.contains { $0.endpoint == endpoint.directory.pfn.endpoint && $0.isFinal }
  }
}
