import Deletion

/// What comes after the reply to a request for one file. Pure, but for the place that a redirect leads its errand to.
enum WebDAVStep {
  /// The file has its answer.
  case settle(Answer.Kind)
  /// This is sent next.
  case ask(WebDAVWork)

  // Functions and not initialisers, which would be handed a copy of the reply.

  static func afterDeletion(_ reply: WebDAVReply, of errand: WebDAVErrand) -> WebDAVStep {
    if let trouble = reply.trouble { return .settle(.failed(trouble)) }
    if Redirects.statuses.contains(reply.status) {
      // What stands behind a door is another server than the one that is known to refuse directories.
      return follow(reply, errand, then: errand.knownSince != nil ? .delete(errand) : .look(errand))
    }
    return .settle(reply.status == 207 ? Multistatus.answer(reply.body) : HTTPAnswers.answer(reply.http))
  }

  /// Nothing was deleted by a look, so nothing is ambiguous.
  static func afterLook(_ reply: WebDAVReply, at errand: WebDAVErrand) -> WebDAVStep {
    if let trouble = reply.trouble { return .settle(.failed(trouble.unsent)) }
    if Redirects.statuses.contains(reply.status) { return follow(reply, errand, then: .look(errand)) }
    let knowledge = Multistatus.knowledge(reply.http, members: reply.members)
    switch errand.job.subject {
    case .files: return file(knowledge, errand)
    case .emptyDirectories: return directory(knowledge, from: reply.signs.server, errand)
    }
  }

  private static func follow(
    _ reply: WebDAVReply, _ errand: WebDAVErrand, then next: WebDAVWork
  ) -> WebDAVStep {
    if errand.job.subject == .emptyDirectories {
      // What stands behind a door is another server than the one that is known.
      return .settle(.failed(.directoriesStayHere))
    }
    do throws(DeletionError) {
      errand.place = try Redirects.next(
        reply.location, from: errand.url, status: reply.status, followed: errand.redirects)
      errand.redirects += 1
      return .ask(next)
    } catch {
      return .settle(.failed(error))
    }
  }

  private static func file(_ knowledge: Multistatus.Knowledge, _ errand: WebDAVErrand) -> WebDAVStep {
    switch knowledge {
    case .file:
      errand.knownSince = .now
      return .ask(.delete(errand))
    case .answer(let kind): return .settle(kind)
    }
  }

  private static func directory(
    _ knowledge: Multistatus.Knowledge, from server: String, _ errand: WebDAVErrand
  ) -> WebDAVStep {
    switch knowledge {
    // Another part of the tree may be another server's.
    case .answer(.failed(.isDirectory)) where !ServerKind.isXRootD(server):
      .settle(.failed(.directoriesStayHere))
    case .answer(.failed(.isDirectory)): .ask(.delete(errand))
    case .answer(let kind): .settle(kind)
    case .file: .settle(.failed(.isNoDirectory))
    }
  }
}
