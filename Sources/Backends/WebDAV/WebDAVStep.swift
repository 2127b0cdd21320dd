import Deletion

/// What comes after the reply to a request for one file. Pure, but for the place that a redirect leads its errand to.
enum WebDAVStep {
  /// The file has its answer.
  case settle(Answer.Kind)
  /// This is sent next.
  case ask(WebDAVWork)

  init(afterDeletion reply: WebDAVReply, of errand: WebDAVErrand) {
    if let trouble = reply.trouble {
      self = .settle(.failed(trouble))
    } else if Redirects.statuses.contains(reply.status) {
      // What stands behind a door is another server than the one that is known to refuse directories.
      self.init(following: reply, errand.knownSince != nil ? .delete(errand) : .look(errand), errand)
    } else if reply.status == 207 {
      self = .settle(Multistatus.answer(reply.body))
    } else {
      self = .settle(HTTPAnswers.answer(reply.http))
    }
  }

  /// Nothing was deleted by a look, so nothing is ambiguous.
  init(afterLook reply: WebDAVReply, at errand: WebDAVErrand) {
    if let trouble = reply.trouble {
      self = .settle(.failed(trouble.unsent))
    } else if Redirects.statuses.contains(reply.status) {
      self.init(following: reply, .look(errand), errand)
    } else {
      let knowledge = Multistatus.knowledge(reply.http, members: reply.members)
      switch errand.job.subject {
      case .files: self.init(file: knowledge, errand)
      case .emptyDirectories: self.init(directory: knowledge, from: reply.signs.server, errand)
      }
    }
  }

  private init(following reply: WebDAVReply, _ next: WebDAVWork, _ errand: WebDAVErrand) {
    if errand.job.subject == .emptyDirectories {
      // What stands behind a door is another server than the one that is known.
      self = .settle(.failed(.directoriesStayHere))
      return
    }
    do throws(DeletionError) {
      errand.place = try Redirects.next(
        reply.location, from: errand.url, status: reply.status, followed: errand.redirects)
      errand.redirects += 1
      self = .ask(next)
    } catch {
      self = .settle(.failed(error))
    }
  }

  private init(file knowledge: Multistatus.Knowledge, _ errand: WebDAVErrand) {
    switch knowledge {
    case .file:
      errand.knownSince = .now
      self = .ask(.delete(errand))
    case .answer(let kind): self = .settle(kind)
    }
  }

  private init(directory knowledge: Multistatus.Knowledge, from server: String, _ errand: WebDAVErrand) {
    switch knowledge {
    // Another part of the tree may be another server's.
    case .answer(.failed(.isDirectory)) where !ServerKind.isXRootD(server):
      self = .settle(.failed(.directoriesStayHere))
    case .answer(.failed(.isDirectory)): self = .ask(.delete(errand))
    case .answer(let kind): self = .settle(kind)
    case .file: self = .settle(.failed(.isNoDirectory))
    }
  }
}
