import DeletionModel
import HTTPTransport
import Networking

/// What an answer about one file tells: to the question what it is, and to its deletion.
extension WebDAVPlanner {
  /// Nothing was deleted by this, so nothing is ambiguous.
  mutating func receive(
    _ response: WebDAVResponse, toStatOf file: WebDAVFile, now: ContinuousClock.Instant
  ) {
    if response.isRedirect {
      do throws(DeletionError) {
        try follow(response, file)
        stat([file], now: now)
      } catch {
        complete(file, .failed(error))
      }
      return
    }
    if let transportError = response.transportError { return complete(file, .failed(transportError.unsent)) }
    switch response.status {
    case 207: break
    case 404, 410:
      if file.location == nil { frontEnd.saidMissing() }
      if file.location == nil, !file.mayBeGone {
        calledMissing = true
        let body = String(decoding: response.body, as: UTF8.self)
        noteMissing(isOfCluster: ClusterMessages.dependOnServers(body))
      }
      return completeAbsent(file, now: now)
    case 200...299, 405, 501: return complete(file, .failed(.noPropfind(response.status)))
    default:
      var error = HTTPStatusTable.error(response.http).unsent
      if response.status == 403 {
        error = DeletionError(
          .auth, code: error.code,
          message:
            "not sent: no permission to ask whether this is a file (PROPFIND): \(error.message); a token may lack "
            + "storage.read, or not cover this path; see --no-look")
      }
      return complete(file, .failed(error))
    }
    guard let members = response.members else {
      return complete(file, .failed(.notProved("its answer cannot be read")))
    }
    switch FileEvidence.finding(members, of: file.name.requested) {
    case .file(let facts): take(evidenceFor: file, facts, since: now)
    case .directory: complete(file, .failed(.isDirectory))
    case .absent: completeAbsent(file, now: now)
    case .status(let status):
      let error = HTTPStatusTable.error(.init(status: status)).unsent
      complete(
        file, .failed(error.errorClass == .absent ? .notProved("its answer contradicts itself") : error))
    case .unknown(let reason): complete(file, .failed(.notProved(reason)))
    }
  }

  mutating func receive(
    _ response: WebDAVResponse, toDeletionOf file: WebDAVFile, now: ContinuousClock.Instant
  ) {
    if response.isRedirect {
      do throws(DeletionError) {
        try follow(response, file)
        statThere(file, after: response, now: now)
      } catch {
        complete(file, .failed(error))
      }
      return
    }
    if let transportError = response.transportError { return complete(file, .failed(transportError)) }
    if file.otherReplicas != nil {
      return receive(response, toDeletionOfOneReplicaOf: file, now: now)
    }
    // Once a replica has been removed a server was found, and what is left is at others.
    let writerLimit = file.lastRemoval == nil ? Self.writerLimit : 1
    if file.isSentOn, file.writerRequests < writerLimit, response.isFromReadOnlyServer {
      return askForWriter(file)
    }
    var kind = Answer.Kind(response, toDeletionOf: file.name.requested)
    if kind == .deleted || kind == .absent { file.evidence?.forget(file.name.name) }
    // Sent twice, as the first answer was lost with its connection: it was there, and the first one has deleted it.
    if kind == .absent, file.lastRemoval != nil { return completeAbsent(file, now: now) }
    if kind == .absent, file.mayBeGone { kind = .deleted }
    if kind == .deleted, file.isSentOn, let location = file.location {
      file.lastRemoval = location.origin
      file.batch.noteRemoval(file.index)
      if frontEnd.knowsNoReplicas(now: now) { return complete(file, kind) }
      return askForReplicas(file, now: now)
    }
    complete(file, kind)
  }

  /// A manager knows only of the servers that are connected to it; its words do not always say so.
  mutating func noteMissing(isOfCluster: Bool) {
    if calledMissing, sendsOn || isOfCluster { notices.insert(.missingDependsOnServers) }
  }

  // MARK: Replicas

  /// More replicas of a file than these, together with answers that name a server which has none any more, are a mistake
  /// of the endpoint.
  private static let replicaLimit = 10

  private mutating func askForReplicas(_ file: WebDAVFile, now: ContinuousClock.Instant) {
    file.replicas += 1
    goHome(file)
    (file.redirects, file.isSentOn, file.mayBeGone) = (0, false, true)
    if file.replicas > Self.replicaLimit {
      notices.insert(.replicasUnknown)
      frontEnd.askedInVain(now: now)
      return complete(file, .deleted)
    }
    queue.prepend(noLook ? .delete(file) : .stat(file))
  }

  /// How often the endpoint is asked for a server where a file may be deleted. Where the redirect of the deletion is good for
  /// that request only, the question what the name is goes through the endpoint again, and may be sent to the same server.
  private static let writerLimit = 4

  /// A manager sends a question to any server that has the file, a deletion to one that may be written to: so it is asked
  /// for the deletion itself, as it has sent the question on and that server has called the name a file.
  private mutating func askForWriter(_ file: WebDAVFile) {
    file.writerRequests += 1
    (file.location, file.redirects, file.isSentOn, file.detours) = (nil, 0, false, 0)
    file.isDelegated = true
    queue.prepend(.delete(file))
  }

  private mutating func completeAbsent(_ file: WebDAVFile, now: ContinuousClock.Instant) {
    // The news that a replica is gone takes its time to reach the manager.
    if let last = file.lastRemoval, last == file.location?.origin, !frontEnd.knowsNoReplicas(now: now) {
      return askForReplicas(file, now: now)
    }
    complete(file, file.mayBeGone ? .deleted : .absent)
  }

  /// What becomes of a file one replica of which is removed.
  mutating func answer(_ kind: Answer.Kind, afterRemovalOf file: WebDAVFile) -> Answer.Kind {
    guard case .failed(let error) = kind else { return .deleted }
    if let left = error.afterRemoval(isOfManager: file.location == nil) { return .failed(left) }
    notices.insert(.replicasUnknown)
    return .deleted
  }

  /// How often a deletion may lead to another server than the question did.
  private static let detourLimit = 3

  /// A deletion was sent on: it goes there where that server has called the name a file, else that is asked first.
  private mutating func statThere(
    _ file: WebDAVFile, after response: WebDAVResponse, now: ContinuousClock.Instant
  ) {
    if noLook || file.evidence?.origin == file.location?.origin {
      queue.prepend(.delete(file))
    } else if file.location?.isForOneRequest == true {
      // That right is for the DELETE; the question has to be asked at the endpoint.
      file.detours += 1
      if file.detours > Self.detourLimit {
        complete(
          file,
          .failed(
            DeletionError(
              .endpoint, code: "HTTP \(response.status)",
              message: "redirect not followed: it leads to another server each time")))
        return
      }
      goHome(file)
      stat(file)
    } else {
      file.evidence = nil
      stat([file], now: now)
    }
  }

  private mutating func follow(_ response: WebDAVResponse, _ file: WebDAVFile) throws(DeletionError) {
    file.location = try WebDAVRedirect.next(
      response.location, for: file.name.path, from: file.location?.origin ?? home,
      isSecure: file.location?.isSecure ?? home.isSecure, status: response.status, followed: file.redirects)
    file.redirects += 1
    file.isSentOn = [302, 307].contains(response.status)
    if file.isSentOn {
      sendsOn = true
      if let origin = file.location?.origin { frontEnd.sentOn(to: origin) }
      noteMissing(isOfCluster: true)
    }
  }
}
