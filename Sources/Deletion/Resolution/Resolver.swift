import SiteConf

/// What an LFN becomes: the places it is to be deleted from, in order, or the reason why it is not.
public struct Resolution: Sendable {
  /// One place.
  public struct Place: Sendable {
    /// Which of the resolver's routes it belongs to.
    public let route: Int
    /// The file there.
    public let target: DeletionTarget
    /// What deletes it.
    public let backend: any Backend
  }

  /// The LFN.
  public let lfn: String
  /// Its places in the order of the stage-out entries. Not empty unless it is refused; a refused LFN may have
  /// some, for `swab resolve` to show.
  public var places: [Place]
  /// Why nothing is done with it.
  public var refusal: Refusal?
}

/// Where the stage-out entries put a name, and why it would be refused.
public struct Explanation: Sendable {
  /// One place.
  public struct Target: Sendable {
    /// Which of the resolver's routes it belongs to.
    public let route: Int
    /// What the catalog gives, as it stands.
    public let pfn: String
    /// The backend that would take it; nil for none.
    public let backend: String?
  }

  /// The name.
  public let lfn: String
  /// Its places in the order of the stage-out entries.
  public let targets: [Target]
  /// Why it would be refused.
  public let refusal: Refusal?
}

/// Applies the safety rules and the mapping of a site: the one way from a listed name to something that a
/// backend may be given.
public struct Resolver: Sendable {
  /// The entries, in the order in which they are walked.
  public let routes: [DeletionRoute]
  /// The safety rules.
  public let rules: SafetyRules

  /// Makes a resolver.
  public init(routes: [DeletionRoute], rules: SafetyRules) {
    self.routes = routes
    self.rules = rules
  }

  /// What becomes of one listed name.
  ///
  /// An entry whose catalog has no rule for the LFN is passed over: it can't hold the file. An entry that maps
  /// it to something unsafe refuses the LFN altogether, because such a catalog is not to be trusted.
  public func resolve(_ listed: ListedLFN) -> Resolution {
    let lfn = listed.text
    guard listed.isValidUTF8 else {
      return Resolution(lfn: lfn, places: [], refusal: Refusal(.invalidUTF8, "the name is not UTF-8"))
    }
    var resolution = Resolution(lfn: lfn, places: [], refusal: rules.refusal(ofLFN: lfn))
    // A name that fails here isn't mapped at all: a pattern must not see it.
    guard resolution.refusal == nil else { return resolution }
    var noPFN: Refusal?
    for index in routes.indices {
      switch place(of: lfn, on: index) {
      case .success(let place): resolution.places.append(place)
      case .failure(let refusal) where refusal.rule == .noPFN: noPFN = noPFN ?? refusal
      case .failure(let refusal): resolution.refusal = resolution.refusal ?? refusal
      }
    }
    if resolution.refusal == nil, resolution.places.isEmpty {
      resolution.refusal = noPFN ?? Refusal(.noPFN, "no stage-out entry can be used")
    }
    return resolution
  }

  /// Where the entries put a name, whether or not it may be deleted: what `swab resolve` shows.
  public func explain(_ listed: ListedLFN) -> Explanation {
    let targets = routes.indices.compactMap { index -> Explanation.Target? in
      guard listed.isValidUTF8, case .pfn(let text) = routes[index].map(listed.text) else { return nil }
      let backend = PFN(text).flatMap { try? routes[index].backend($0).get().name }
      return Explanation.Target(route: index, pfn: text, backend: backend)
    }
    return Explanation(lfn: listed.text, targets: targets, refusal: resolve(listed).refusal)
  }

  private func place(of lfn: String, on index: Int) -> Result<Resolution.Place, Refusal> {
    let route = routes[index]
    let text: String
    switch route.map(lfn) {
    case .pfn(let mapped): text = mapped
    case .noPFN(let reason): return .failure(Self.refusal(for: reason, route.description))
    }
    guard let pfn = PFN(text) else {
      return .failure(
        Refusal(
          .malformedPFN,
          "the catalog gives \"\(MessageText.oneLine(text, limit: 120))\", which is no absolute path and no URL"
        ))
    }
    if let refusal = rules.refusal(ofPFN: pfn, for: lfn, protectedPaths: route.protectedPaths) {
      return .failure(refusal)
    }
    return route.backend(pfn).map {
      Resolution.Place(route: index, target: DeletionTarget(lfn: lfn, pfn: pfn), backend: $0)
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
