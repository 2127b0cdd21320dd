import DeletionModel
import XRootDProtocol
import Networking
import Credentials

/// Which server has to be asked what, for the targets of one batch. Pure: outcomes in, requests and answers out.
///
/// A server that only knows where files are (a manager) sends both stat and removal on to another, and need not choose
/// the same one for both. So, unless all servers are asked (below), a removal is always asked of the server that the PFN
/// names, and where it is sent on, the server that it is sent to is asked what the path is before it is removed there. For
/// a directory the server that has it does everything.
///
/// Behind a manager a file can have several replicas, and one removal takes one. So where a manager has more than one
/// server (or has not said how many), it is asked for the removal once more after each: it answers from memory that no
/// server has the file, or names the next replica. That is one more request to the manager for each file.
///
/// Where a manager names all its servers (`kXR_locate` of `*`; 2 to 16, no managers among them), each of them is asked for
/// each file and removes its replica, and the manager has nothing to do with it. What one of them cannot be asked is asked
/// of the manager, as above. What stays is a race: a replica that is made after its server was asked.
struct XRootRouting {
  /// A server, as it is asked for this batch.
  struct Hop: Hashable, Sendable {
    let server: XRootServer
    /// Whether it may be shown a token: it belongs to the same storage as the endpoint (``StorageHosts``).
    let isTrusted: Bool
  }

  private struct Target {
    let path: [UInt8]
    /// Which server has called it a file, other than the origin.
    var fileAt: XRootServer?
    /// What that has said of it.
    var facts = FileFacts()
    var redirects = 0
    /// The answer to the first removal of a replica, and who gave the last one.
    var removed: Answer?
    var lastRemoval: XRootServer?
    /// How often a manager has named the server that a replica was just removed from.
    var staleNames = 0
    /// Whether the manager has been asked for another server than one that does not have it.
    var isSoughtElsewhere = false
    var isAnswered = false
    /// While all servers are asked for it.
    var everywhere: XRootEverywhere?
  }

  /// More redirects than this are a loop. Federations have three levels, asked for stat and removal, and a file may have
  /// some replicas.
  static let redirectLimit = 24
  /// How often a manager may name a server again from which the replica is gone: the news takes its time to reach it.
  static let staleLimit = 2
  /// How long it is given for that.
  static let staleDelay = Duration.milliseconds(100)

  private let origin: Hop
  private let kind: Batch.Kind
  private let storageHosts: StorageHosts
  private var targets: [Target]
  /// How many servers each manager has.
  private var serverCounts: [XRootServer: Int] = [:]
  private var requests: [Hop: [XRootWork.Item]] = [:]
  private var order: [Hop] = []
  private var answers: [(target: Int, answer: Answer)] = []
  private var left: Int
  /// Whether a replica was removed, and the manager did not say whether there are others.
  private(set) var mayLeaveReplicas = false
  /// Whether a file is called missing because none of the servers that the manager has at the moment has it.
  private(set) var missesServers = false
  /// Whether a server cannot be asked without having been sent there.
  private(set) var needsManager: Bool

  /// - Parameters:
  ///   - paths: as they go to the server, all different.
  ///   - storageHosts: the hosts that the site's configuration names.
  init(
    origin: XRootServer, kind: Batch.Kind, paths: [[UInt8]], needsManager: Bool = false,
    storageHosts: StorageHosts = StorageHosts()
  ) {
    self.needsManager = needsManager
    self.storageHosts = storageHosts
    self.origin = Hop(server: origin, isTrusted: true)
    self.kind = kind
    targets = paths.map { Target(path: $0) }
    left = paths.count
    for (index, path) in paths.enumerated() {
      add(
        XRootWork.Item(
          target: index, path: path, stage: kind == .files && !needsManager ? .everywhere : .whole),
        at: self.origin)
    }
  }

  /// Whether every target has its answer.
  var isDone: Bool { left == 0 }

  /// What has to be asked now.
  mutating func takeRequests() -> [(hop: Hop, items: [XRootWork.Item])] {
    defer { (requests, order) = ([:], []) }
    return order.map { ($0, requests[$0] ?? []) }
  }

  /// The answers that are new.
  mutating func takeAnswers() -> [(target: Int, answer: Answer)] {
    defer { answers = [] }
    return answers
  }

  /// A manager has said how many servers it has.
  mutating func learn(_ count: Int, at server: XRootServer) { serverCounts[server] = count }

  // MARK: Outcomes

  /// Takes what a server said.
  mutating func take(_ completed: XRootWork.Completed, from hop: Hop) {
    let item = completed.item
    switch completed.outcome {
    case .answered(let answer): take(answer, item.target, from: hop)
    case .isThere(let facts):
      targets[item.target].fileAt = hop.server
      targets[item.target].facts = facts
      add(
        .init(
          target: item.target, path: targets[item.target].path, stage: .remove, foundAt: item.foundAt),
        at: origin)
    case .servers(let servers): askEverywhere(item.target, servers)
    case .redirected(let redirect, let stage): follow(redirect, item, stage)
    }
  }

  /// The server itself, and not a target's request, was redirected.
  mutating func take(_ redirect: XRootRedirect, of items: [XRootWork.Item]) {
    for item in items { follow(redirect, item, item.stage) }
  }

  /// Takes an error for a target that a connection did not get to.
  mutating func fail(_ item: XRootWork.Item, _ error: DeletionError) {
    if targets[item.target].everywhere != nil {
      return takeOne(Answer(.failed(error)), item.target, from: nil)
    }
    var error = error
    // Whether there are further replicas is not known, but one is gone: the next attempt finds out.
    if targets[item.target].removed != nil {
      error.isUntried = false
      error.isAmbiguous = true
    }
    finish(item.target, Answer(.failed(error)))
  }

  private mutating func take(_ answer: Answer, _ index: Int, from hop: Hop) {
    if targets[index].everywhere != nil { return takeOne(answer, index, from: hop) }
    if let removed = targets[index].removed { return takeAgain(answer, index, after: removed, from: hop) }
    switch answer.kind {
    case .deleted where kind == .files && hop != origin && mayHaveReplicas:
      targets[index].removed = answer
      targets[index].lastRemoval = hop.server
      askForReplicas(index, delay: .zero)
    case .absent where kind == .files && hop != origin && mayHaveReplicas:
      guard !targets[index].isSoughtElsewhere else { return finish(index, answer) }
      // The manager may remember what is no more; another server may have it.
      targets[index].isSoughtElsewhere = true
      add(
        .init(
          target: index, path: Self.path(targets[index].path, with: "tried=\(hop.server.address.host)"),
          stage: .whole), at: origin)
    default: finish(index, answer)
    }
  }

  /// The answer to a request for a further replica.
  private mutating func takeAgain(
    _ answer: Answer, _ index: Int, after removed: Answer, from hop: Hop?
  ) {
    switch answer.kind {
    case .deleted:
      targets[index].lastRemoval = hop?.server
      askForReplicas(index, delay: .zero)
    case .absent:
      guard let hop, hop != origin, hop.server == targets[index].lastRemoval,
        targets[index].staleNames < Self.staleLimit
      else { return finish(index, removed) }
      targets[index].staleNames += 1
      askForReplicas(index, delay: Self.staleDelay)
    case .failed(let error):
      // That is what managers say of a replica that can't be removed: it is there.
      let isThere = error.code == "\(XRootErrorCode.exists)"
      if let left = error.afterRemoval(isOfManager: hop == origin && !isThere) {
        finish(index, Answer(.failed(left), seconds: answer.seconds, facts: removed.facts))
      } else {
        mayLeaveReplicas = true
        finish(index, removed)
      }
    }
  }

  private var mayHaveReplicas: Bool { serverCounts.values.contains { $0 > 1 } }

  private mutating func askForReplicas(_ index: Int, delay: Duration) {
    targets[index].fileAt = nil
    add(.init(target: index, path: targets[index].path, stage: .remove, delay: delay), at: origin)
  }

  // MARK: All servers

  private mutating func askEverywhere(_ index: Int, _ servers: [EndpointAddress]) {
    targets[index].everywhere = XRootEverywhere(servers: servers.count)
    for address in servers {
      let server = XRootServer(address: address, requiresTLS: origin.server.requiresTLS)
      add(
        .init(target: index, path: targets[index].path, stage: .whole),
        at: Hop(
          server: server,
          isTrusted: storageHosts.areSameStorage(address.host, origin.server.address.host)))
    }
  }

  /// The answer of one of all servers.
  private mutating func takeOne(_ answer: Answer, _ index: Int, from hop: Hop?) {
    guard var everywhere = targets[index].everywhere else { return }
    if everywhere.take(answer) { needsManager = true }
    if answer.kind == .deleted {
      if targets[index].removed == nil { targets[index].removed = answer }
      targets[index].lastRemoval = hop?.server
    }
    targets[index].everywhere = everywhere.left > 0 ? everywhere : nil
    if everywhere.left > 0 { return }
    if let failure = everywhere.failure {
      if let removed = targets[index].removed {
        takeAgain(failure, index, after: removed, from: hop)
      } else {
        finish(index, failure)
      }
    } else if everywhere.isForManager {
      if targets[index].removed == nil {
        add(.init(target: index, path: targets[index].path, stage: .whole), at: origin)
      } else {
        askForReplicas(index, delay: .zero)
      }
    } else {
      if targets[index].removed == nil { missesServers = true }
      finish(index, targets[index].removed ?? Answer(.absent, seconds: answer.seconds))
    }
  }

  // MARK: Redirects

  private mutating func follow(
    _ redirect: XRootRedirect, _ item: XRootWork.Item, _ stage: XRootWork.Stage
  ) {
    if targets[item.target].everywhere != nil {
      // It is no server, but sends on itself.
      return takeOne(
        Answer(.failed(DeletionError(.fatal, code: "redirect", message: "a server sends us on"))),
        item.target,
        from: nil)
    }
    targets[item.target].redirects += 1
    guard targets[item.target].redirects <= Self.redirectLimit else {
      return fail(
        item,
        DeletionError(
          .transient, code: "redirect", message: "redirected more than \(Self.redirectLimit) times"))
    }
    if let path = redirect.path, path != Self.name(targets[item.target].path) {
      return fail(
        item, .xrootRedirect("the server redirects to another name, which is not followed"))
    }
    let target = XRootServer(
      address: redirect.address, requiresTLS: origin.server.requiresTLS || redirect.requiresTLS)
    let isTrusted = storageHosts.areSameStorage(target.address.host, origin.server.address.host)
    // Asked there already, or on the way: only the rest is asked.
    let next: XRootWork.Stage
    switch stage {
    case .whole, .everywhere: next = .whole
    case .stat: next = kind == .files ? .stat : .whole
    case .remove: next = targets[item.target].fileAt == target ? .remove : .whole
    }
    add(
      .init(
        target: item.target, path: Self.path(item.path, with: redirect.opaque), stage: next,
        foundAt: next == .remove ? item.foundAt : nil),
      at: Hop(server: target, isTrusted: isTrusted))
  }

  private static func name(_ path: [UInt8]) -> [UInt8] { Array(path.prefix { $0 != UInt8(ascii: "?") }) }

  private static func path(_ path: [UInt8], with opaque: String) -> [UInt8] {
    let opaque = opaque.utf8.drop { $0 == UInt8(ascii: "&") }
    if opaque.isEmpty { return path }
    return path + [path.contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?")] + Array(opaque)
  }

  private mutating func add(_ item: XRootWork.Item, at hop: Hop) {
    if requests[hop] == nil { order.append(hop) }
    requests[hop, default: []].append(item)
  }

  private mutating func finish(_ index: Int, _ answer: Answer) {
    guard !targets[index].isAnswered else { return }
    targets[index].isAnswered = true
    left -= 1
    var answer = answer
    answer.facts.learn(targets[index].facts)
    answers.append((index, answer))
  }
}
