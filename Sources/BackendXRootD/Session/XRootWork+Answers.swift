import DeletionModel
import Networking
import Credentials
import XRootDProtocol

/// What an answer to each kind of request means for the files that it is about.
extension XRootWork {
  /// The server wants a request later. A manager says so while it looks for a file, to everyone; any other server has
  /// too much to do.
  mutating func putOff(
    _ request: XRootRequestQueue.Request, for pause: Duration, now: Moment
  ) -> PaceOutcome {
    let files = queue.files(of: request)
    for index in files { waits[index, default: 0] += 1 }
    let count = files.map { waits[$0, default: 0] }.max() ?? 0
    guard settings.lookup != nil, pause <= Self.longestWait, count <= Self.waitLimit else {
      for index in files { outcomes.complete(index, .failed(.xrootBusy(for: pause))) }
      return .refused(retryAfter: pause)
    }
    if !files.isEmpty { queue.delay(request, until: now + max(.seconds(1), pause)) }
    return .served
  }

  mutating func complete(
    _ index: Int, _ kind: Answer.Kind, _ error: XRootServerError?, seconds: Double
  ) {
    if kind == .absent, let error, ClusterMessages.dependOnServers(error.text) { missedServers = true }
    outcomes.complete(index, kind, seconds: seconds)
  }

  /// With more servers than these a manager is asked where a file is.
  static let serverLimit = 16

  mutating func locate(at servers: [EndpointAddress]?) {
    isAskingForServers = false
    for index in unlocated {
      if let servers, (2...Self.serverLimit).contains(servers.count) {
        outcomes.complete(index, .servers(servers))
      } else {
        queue.add(index, .whole)
      }
    }
    unlocated = []
  }

  mutating func located(_ index: Int, _ error: XRootServerError?, sent: Moment, now: Moment) {
    queue.lookup?.answered(sent: sent, now: now, isMissing: error?.code == XRootErrorCode.notFound)
    guard let error else { return queue.put(.stat(index)) }
    if error.code == XRootErrorCode.notFound {
      return complete(index, .absent, error, seconds: (now - sent).inSeconds)
    }
    // It does not tell, or not us: there is the other way.
    queue.lookup?.cannotLocate()
    queue.put(.stat(index))
  }

  mutating func told(
    _ index: Int, _ body: [UInt8], _ error: XRootServerError?, sent: Moment, now: Moment
  ) throws(XRootProtocolError) {
    if let error {
      let kind = XRootAnswers.stat(error, showsToken: settings.showsToken)
      queue.blocks.pathFailed()
      if case .failed(let failure) = kind, failure.errorClass == .auth, mayProbe {
        refused.append((index, kind))
        return askVersion()
      }
      return complete(index, kind, error, seconds: (now - sent).inSeconds)
    }
    let stat = try XRootStat(body)
    items[index].facts = stat.facts
    found(index, stat.kind, sent: sent, now: now)
    queue.blocks.pathFound()
  }

  mutating func told(
    _ range: Range<Int>, _ body: [UInt8], _ error: XRootServerError?, sent: Moment, now: Moment
  ) throws(XRootProtocolError) {
    if let error {
      queue.blocks.blockFailed(error.code)
      queue.put(.statBlock(range))
      return
    }
    guard body.count == range.count else {
      throw XRootProtocolError(text: "a kXR_statx answer for \(body.count) of \(range.count) paths")
    }
    queue.blocks.blockSucceeded()
    for (index, flags) in zip(queue.block(range), body) {
      let kind = XRootPathKind(statx: flags)
      if kind == .unclear { queue.put(.stat(index)) } else { found(index, kind, sent: sent, now: now) }
    }
  }

  mutating func found(_ index: Int, _ kind: XRootPathKind, sent: Moment, now: Moment) {
    let seconds = (now - sent).inSeconds
    let isRepeated = items[index].foundAt != nil
    items[index].foundAt = sent
    if let error = XRootAnswers.refusal(kind, settings.kind) {
      outcomes.complete(index, .failed(error), seconds: seconds)
    } else if settings.kind == .files, let error = settings.ageLimit?.refusal(items[index].facts) {
      outcomes.complete(index, .failed(error), seconds: seconds)
    } else if items[index].stage == .stat {
      outcomes.complete(index, .isThere(items[index].facts))
    } else if settings.kind == .files {
      // One that had to be asked for again must not wait behind all others for a second time.
      if isRepeated { queue.putFirst(removalOf: index) } else { queue.put(.remove(index)) }
    } else if settings.isProxy {
      outcomes.complete(index, .failed(.xrootProxyKeepsDirectories), seconds: seconds)
    } else {
      queue.put(.list(index))
    }
  }

  mutating func list(_ index: Int, _ body: [UInt8], _ error: XRootServerError?, seconds: Double) {
    if let error {
      outcomes.complete(index, XRootAnswers.stat(error, showsToken: settings.showsToken), seconds: seconds)
    } else if body.contains(where: { $0 != 0 }) {
      outcomes.complete(index, .failed(.directoryIsFull), seconds: seconds)
    } else {
      queue.put(.remove(index))
    }
  }

  mutating func redirect(_ request: XRootRequestQueue.Request, _ body: [UInt8]) {
    let target: XRootRedirect
    do throws(XRootProtocolError) {
      target = try XRootRedirect(body)
    } catch {
      for index in queue.files(of: request) { outcomes.complete(index, .failed(.xrootRedirect(error.text))) }
      return
    }
    switch request {
    case .countServers: locate(at: nil)
    case .version: learned(version: [])
    case .remove(let index): outcomes.complete(index, .redirected(target, at: .remove))
    case .locate(let index), .stat(let index), .probe(let index), .list(let index):
      outcomes.complete(index, .redirected(target, at: .stat))
    case .statBlock:
      // It speaks for one path only.
      queue.blocks.giveUp()
      queue.put(request)
    }
  }

  // MARK: A token that does not let us ask

  private var mayProbe: Bool {
    settings.showsToken && settings.kind == .files && !settings.isProxy && settings.lookup == nil
      && version != .other
  }

  mutating func askVersion() {
    switch version {
    case .unknown:
      version = .asked
      queue.put(.version)
    case .asked, .other: break
    case .probes: probeRefused()
    }
  }

  /// Only of servers of this family is it known what the probe does.
  mutating func learned(version body: [UInt8]) {
    version = XRootErrorCode.refusesStat(version: body) ? .probes : .other
    if version == .probes { return probeRefused() }
    for (index, kind) in refused { outcomes.complete(index, kind) }
    refused = []
  }

  mutating func probeRefused() {
    for (index, _) in refused { queue.put(.probe(index)) }
    refused = []
  }

  mutating func probed(_ index: Int, _ error: XRootServerError?, sent: Moment, now: Moment) {
    if let error, error.code == 3005, error.text.lowercased().contains("not a directory") {
      found(index, .other, sent: sent, now: now)
    } else {
      let message = error.map { Redaction.clean($0.text) } ?? "the server made a directory"
      outcomes.complete(index, .failed(.xrootNeedsRead(message)), seconds: (now - sent).inSeconds)
    }
  }
}
