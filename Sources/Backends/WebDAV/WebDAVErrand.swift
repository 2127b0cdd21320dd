/// One file on its way to an answer. It is in one place at a time: a queue, a directory's list or a transfer.
final class WebDAVErrand {
  let job: WebDAVJob
  let index: Int
  let name: WebDAVName
  /// Where it is asked for now, after redirects.
  var place: WebLocation?
  /// Redirects followed.
  var redirects = 0
  /// When the server said that it is a file.
  var knownSince: ContinuousClock.Instant?
  /// Whether it has been looked at before, too long ago.
  var isOverdue = false
  /// Whether it may be sent again with another credential.
  var mayRenew = true

  init(job: WebDAVJob, index: Int, name: WebDAVName) {
    self.job = job
    self.index = index
    self.name = name
  }

  /// Whether nothing of it is under way, and it has no answer.
  var isWaiting: Bool { job.states[index] == .waiting }

  /// The request target of a deletion at its own door. Where a file has taken the name of a directory, the slash keeps
  /// it from being deleted.
  var targetOfDeletion: String { job.subject == .files ? name.target : name.target + "/" }

  /// The URL of the next request, for those that read it.
  var url: String { place?.text ?? name.url }
}
