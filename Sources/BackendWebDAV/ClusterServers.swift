import DeletionModel
import Networking

/// The question which servers are behind an endpoint: the directory that all of an endpoint's files are below is asked for,
/// again and again, each time without the servers that were named before (`tried=`), until the manager says that no server
/// is left that it could name. It is the request of its owner, who does not get its error.
final class ServerSurvey {
  let owner: WebDAVFile
  let root: WebDAVDirectory
  fileprivate(set) var servers: [WebLocation] = []
  /// Listings of directories that a server was named for meanwhile.
  var waiting: [WebDAVListing] = []

  init(owner: WebDAVFile, root: WebDAVDirectory, waiting: WebDAVListing) {
    self.owner = owner
    self.root = root
    self.waiting = [waiting]
  }

  var target: String {
    servers.isEmpty
      ? root.encoded : root.encoded + "?tried=" + servers.map(\.origin.host).joined(separator: ",")
  }
}

/// What is known of the servers behind an endpoint. Pure.
///
/// A manager (`cmsd`) remembers for up to eight hours (`cms.fxhold`) which servers do not have a directory, and is not told
/// of one that they make with a file in it; and it says that no further server has it before slow ones have answered
/// (read in XrdCmsCluster::Select, seen with 5.8.1). So its words about one directory prove nothing. But where it says that
/// no server is left with access ("No servers have read access", said when `tried=` names all that are connected and
/// export the path), each of them can be asked for each directory itself.
enum ClusterServers {
  case unknown
  case asked(ServerSurvey)
  /// All of them, since a moment.
  case known([WebLocation], since: ContinuousClock.Instant)
  /// The manager does not tell, or there are too many: each file is asked for by itself.
  case untold(since: ContinuousClock.Instant)

  /// With more servers than these each file is asked for by itself.
  static let limit = 32

  /// What has been learnt from an answer.
  enum Step { case ask, known, untold }

  /// Takes an answer to a survey.
  static func step(_ response: WebDAVResponse, to survey: ServerSurvey, home: WebOrigin) -> Step {
    if response.isRedirect {
      guard survey.servers.count < limit, [302, 307].contains(response.status),
        let next = try? WebDAVRedirect.next(
          response.location, for: survey.root.path, from: home, isSecure: home.isSecure,
          status: response.status, followed: 0),
        !next.isForOneRequest, next.origin != home,
        // `tried=` names hosts, so several servers on one cannot be told apart.
        !survey.servers.contains(where: { $0.origin.host == next.origin.host })
      else { return .untold }
      survey.servers.append(next)
      return .ask
    }
    guard response.transportError == nil, response.status == 404, !survey.servers.isEmpty,
      ClusterMessages.nameNoServerLeft(String(decoding: response.body, as: UTF8.self))
    else { return .untold }
    return .known
  }
}

/// A directory on all servers behind an endpoint, while they are asked for it and afterwards.
final class ClusterDirectory {
  let directory: WebDAVDirectory
  private var listings: [(server: WebLocation, listing: DirectoryListing)] = []
  /// Servers that have not answered.
  private(set) var left: Int
  /// Whether a server did not say what it has.
  private(set) var isIncomplete = false
  /// When the first of them has answered: what it said is as old as that when the last one answers.
  private(set) var since: ContinuousClock.Instant?

  init(_ directory: WebDAVDirectory, servers: Int) {
    self.directory = directory
    left = servers
  }

  /// The names that are kept.
  var count: Int { listings.reduce(0) { $0 + $1.listing.count } }

  func take(_ listing: DirectoryListing, of server: WebLocation, now: ContinuousClock.Instant) {
    listings.append((server, listing))
    since = since ?? now
    left -= 1
  }

  /// A server does not have the directory.
  func takeMissing(now: ContinuousClock.Instant) {
    since = since ?? now
    left -= 1
  }

  func takeFailure() {
    isIncomplete = true
    left -= 1
  }

  /// What the servers say of a name.
  enum Finding: Equatable {
    /// These have a replica, and no other server has one. The size is that of the first,
    /// the time that of the newest.
    case replicas([WebLocation], FileFacts)
    case directory, unclear
  }

  func finding(_ name: ExactName) -> Finding {
    var replicas: [WebLocation] = []
    var facts = FileFacts()
    for (server, listing) in listings {
      switch listing.finding(name) {
      case .file(let known):
        if replicas.isEmpty {
          facts = known
        } else if let written = known.written, written > facts.written ?? written {
          facts.written = written
        }
        replicas.append(server)
      case .directory: return .directory
      case .unclear: if !listing.lacks(name) { return .unclear }
      }
    }
    return .replicas(replicas, facts)
  }

  func forget(_ name: ExactName, at origin: WebOrigin) {
    for index in listings.indices where listings[index].server.origin == origin {
      listings[index].listing.forget(name)
    }
  }
}
