import SiteConf

/// What an LFN becomes: the replicas it is to be deleted from, in order, or the reason why it is not.
///
/// Every file on its way through the engine has it and none changes it; as an object a copy costs one count, not one for
/// each text and list in it.
package final class Resolution: Sendable {
  /// One replica.
  package struct Replica: Sendable {
    /// Which of the resolver's routes it belongs to.
    package let route: Int
    /// The file there.
    package let target: DeletionTarget
    /// What deletes it.
    package let backend: any Backend
  }

  /// The LFN.
  package let lfn: String
  /// Its replicas in the order of the stage-out entries. Not empty unless it is refused; a refused LFN may have
  /// some, for `swab resolve` to show.
  package let replicas: [Replica]
  /// Why nothing is done with it.
  package let refusal: Refusal?

  package init(lfn: String, replicas: [Replica] = [], refusal: Refusal? = nil) {
    self.lfn = lfn
    self.replicas = replicas
    self.refusal = refusal
  }

  /// The endpoint of its first replica.
  package var home: String? { replicas.isEmpty ? nil : replicas[0].target.endpoint }

  /// Whether it has one replica, as nearly always, and another LFN has too, by the same backend at the same endpoint.
  package func goesWith(_ other: Resolution) -> Bool {
    replicas.count == 1 && other.replicas.count == 1 && replicas[0].route == other.replicas[0].route
      && replicas[0].target.pfn.isAtEndpoint(of: other.replicas[0].target.pfn)
  }
}

/// Where the stage-out entries put a name, and why it would be refused.
package struct Explanation: Sendable {
  /// One replica.
  package struct Target: Sendable {
    /// Which of the resolver's routes it belongs to.
    package let route: Int
    /// What the catalog gives, as it stands.
    package let pfn: String
    /// The backend that would take it; nil for none.
    package let backend: String?
  }

  /// The name.
  package let lfn: String
  /// Its replicas in the order of the stage-out entries.
  package let targets: [Target]
  /// Why it would be refused.
  package let refusal: Refusal?
}

/// Applies the safety rules and the mapping of a site: the one way from a listed name to something that a
/// backend may be given.
package struct Resolver: Sendable {
  /// The entries, in the order in which they are walked.
  package let routes: [DeletionRoute]
  /// The safety rules.
  package let rules: SafetyRules

  package init(routes: [DeletionRoute], rules: SafetyRules) {
    self.routes = routes
    self.rules = rules
  }

  /// What becomes of one listed name.
  ///
  /// An entry whose catalog has no rule for the LFN is passed over: it can't hold the file. An entry that maps
  /// it to something unsafe refuses the LFN altogether, because such a catalog is not to be trusted.
  package func resolve(_ listed: ListedLFN) -> Resolution {
    let lfn = listed.text
    guard listed.isValidUTF8 else {
      return Resolution(lfn: lfn, refusal: Refusal(.invalidUTF8, "the name is not UTF-8"))
    }
    // A name that fails here isn't mapped at all: a pattern must not see it.
    if let refusal = rules.refusal(ofLFN: lfn) { return Resolution(lfn: lfn, refusal: refusal) }
    var replicas: [Resolution.Replica] = []
    var refusal: Refusal?
    var noPFN: Refusal?
    for index in routes.indices {
      switch replica(of: lfn, on: index) {
      case .success(let replica): replicas.append(replica)
      case .failure(let failure) where failure.rule == .noPFN: noPFN = noPFN ?? failure
      case .failure(let failure): refusal = refusal ?? failure
      }
    }
    if replicas.isEmpty { refusal = refusal ?? noPFN ?? Refusal(.noPFN, "no stage-out entry can be used") }
    return Resolution(lfn: lfn, replicas: replicas, refusal: refusal)
  }

  /// Where the entries put a name, whether or not it may be deleted: what `swab resolve` shows.
  package func explain(_ listed: ListedLFN) -> Explanation {
    let targets = routes.indices.compactMap { index -> Explanation.Target? in
      guard listed.isValidUTF8, case .pfn(let text) = routes[index].map(listed.text) else { return nil }
      let backend = PFN(text).flatMap { try? routes[index].backend($0).get().name }
      return Explanation.Target(route: index, pfn: text, backend: backend)
    }
    return Explanation(lfn: listed.text, targets: targets, refusal: resolve(listed).refusal)
  }

  private func replica(of lfn: String, on index: Int) -> Result<Resolution.Replica, Refusal> {
    let route = routes[index]
    let text: String
    switch route.map(lfn) {
    case .pfn(let mapped): text = mapped
    case .noPFN(let reason): return .failure(Self.refusal(for: reason, route.description))
    }
    guard let (pfn, backend) = route.target(text) else {
      return .failure(
        Refusal(
          .malformedPFN,
          "the catalog gives \"\(MessageText.oneLine(text, limit: 120))\", which is no absolute path and no URL"
        ))
    }
    if let refusal = rules.refusal(ofPFN: pfn, for: lfn, protected: route.protectedPFNs) {
      return .failure(refusal)
    }
    return backend.map {
      Resolution.Replica(route: index, target: DeletionTarget(lfn: lfn, pfn: pfn), backend: $0)
    }
  }

  private static func refusal(for reason: NoPFNReason, _ route: DeletionRoute.Description) -> Refusal {
    let what = [route.rse, route.protocolName].compactMap { $0 }.joined(separator: ", ")
    let catalog = what.isEmpty ? "the catalog" : "the catalog of \(what)"
    return switch reason {
    case .noMatch: Refusal(.noPFN, "\(catalog) has no rule for it")
    case .loop: Refusal(.noPFN, "\(catalog) chains its rules in a loop")
    case .catalogue: Refusal(.noPFN, "\(catalog) can't be used")
    case .unresolved: Refusal(.unresolvedPFN, "\(catalog) leaves a $n unresolved")
    case .limit: Refusal(.unresolvedPFN, "\(catalog) has a rule that takes too long on it")
    }
  }
}
