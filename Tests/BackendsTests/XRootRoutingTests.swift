import DeletionModel
@testable import Credentials
import Testing
@testable import XRootDProtocol
@testable import Networking
@testable import BackendXRootD
@testable import BackendTools

/// Which server is asked what, without a server.
@Suite struct XRootRoutingTests {
  static let path = Array("/store/f".utf8)

  static func server(_ host: String, requiresTLS: Bool = false) -> XRootServer {
    XRootServer(address: EndpointAddress(host: host, port: 1094), requiresTLS: requiresTLS)
  }

  static let manager = XRootRouting.Hop(server: server("mgr.site.org"), isTrusted: true)

  /// A routing for one file, and what it wants.
  struct Scene {
    var routing: XRootRouting
    var requests: [(hop: XRootRouting.Hop, item: XRootWork.Item)] = []
    var answers: [Answer] = []

    init(
      servers: Int? = 2, kind: Batch.Kind = .files, manager: XRootRouting.Hop = XRootRoutingTests.manager,
      hosts: StorageHosts = StorageHosts()
    ) {
      routing = XRootRouting(
        origin: manager.server, kind: kind, paths: [XRootRoutingTests.path], storageHosts: hosts)
      if let servers { routing.learn(servers, at: manager.server) }
      collect()
    }

    mutating func collect() {
      requests = routing.takeRequests().flatMap { request in request.items.map { (request.hop, $0) } }
      answers += routing.takeAnswers().map(\.answer)
    }

    /// What a server says to the one request that is wanted.
    mutating func say(_ outcome: XRootWork.Outcome) {
      guard requests.count == 1 else {
        Issue.record("\(requests.count) requests")
        return
      }
      routing.take(.init(item: requests[0].item, outcome: outcome), from: requests[0].hop)
      collect()
    }

    mutating func redirect(_ host: String, at stage: XRootWork.Stage, opaque: String = "") {
      say(
        .redirected(
          XRootRedirect(address: EndpointAddress(host: host, port: 1094), opaque: opaque), at: stage))
    }

    /// Host, stage and path of what is wanted.
    var wanted: [String] {
      requests.map {
        "\($0.hop.server.address.host) \($0.item.stage) \(String(decoding: $0.item.path, as: UTF8.self))"
      }
    }

    /// Up to the removal at the first data server.
    mutating func removeFirst() {
      #expect(wanted == ["mgr.site.org everywhere /store/f"])
      redirect("d1", at: .stat)
      #expect(wanted == ["d1 stat /store/f"])
      say(.isThere(FileFacts(size: 7)))
      #expect(wanted == ["mgr.site.org remove /store/f"])
      redirect("d1", at: .remove, opaque: "x=1")
      #expect(wanted == ["d1 remove /store/f?x=1"])
      say(.answered(Answer(.deleted, seconds: 1)))
    }
  }

  static let absent = XRootWork.Outcome.answered(Answer(.absent))
  /// With the size that the question before it has told.
  static let sized = Answer(.deleted, seconds: 1, facts: FileFacts(size: 7))

  // MARK: All servers

  static func failed(
    _ errorClass: ErrorClass, isAmbiguous: Bool = false, isUnavailable: Bool = false, isUntried: Bool = false
  ) -> XRootWork.Outcome {
    .answered(
      Answer(
        .failed(
          DeletionError(
            errorClass, code: "x", message: "why", isAmbiguous: isAmbiguous, isUnavailable: isUnavailable,
            isUntried: isUntried))))
  }

  /// What three servers say, what is said of the file, and what the manager is asked then.
  static let everywhere: [(outcomes: [XRootWork.Outcome], word: String?, wanted: String?)] = [
    ([deleted, absent, absent], "deleted", nil), ([absent, deleted, deleted], "deleted", nil),
    ([absent, absent, absent], "absent", nil),
    // A server that has not answered: the manager may know where the file is.
    ([absent, absent, failed(.transient, isUnavailable: true)], nil, "mgr.site.org whole /store/f"),
    ([failed(.auth), absent, absent], nil, "mgr.site.org whole /store/f"),
    ([absent, failed(.transient, isUntried: true), absent], nil, "mgr.site.org whole /store/f"),
    ([deleted, failed(.transient, isUnavailable: true), absent], nil, "mgr.site.org remove /store/f"),
    // A server that has something against it, or may have done it.
    ([absent, failed(.permanent), absent], "permanent", nil),
    ([absent, failed(.transient, isAmbiguous: true), failed(.auth)], "transient?", nil),
    ([failed(.endpoint), deleted, absent], "endpoint?", nil),
    ([deleted, deleted, failed(.transient, isAmbiguous: true)], "transient?", nil),
  ]
  static let deleted = XRootWork.Outcome.answered(Answer(.deleted))

  @Test(arguments: everywhere.indices) func `all servers of a manager are asked for a file`(
    _ index: Int
  ) {
    let row = Self.everywhere[index]
    var scene = Scene()
    let hosts = ["d1.site.org", "d2.site.org", "d3.site.org"]
    scene.say(.servers(hosts.map { EndpointAddress(host: $0, port: 1094) }))
    #expect(scene.wanted == hosts.map { "\($0) whole /store/f" })
    for (request, outcome) in zip(scene.requests, row.outcomes) {
      #expect(scene.answers.isEmpty, "not before all have answered")
      scene.routing.take(.init(item: request.item, outcome: outcome), from: request.hop)
    }
    scene.collect()
    #expect(scene.wanted == (row.wanted.map { [$0] } ?? []))
    #expect(
      scene.answers.map { $0.word + ($0.error?.isAmbiguous == true ? "?" : "") }
        == (row.word.map { [$0] } ?? []))
    #expect(scene.routing.missesServers == (row.word == "absent"))
  }

  @Test func `a server that sends us on or that cannot be reached leaves the file to the manager`() {
    var scene = Scene()
    scene.say(.servers(["d1", "d2"].map { EndpointAddress(host: $0, port: 1094) }))
    let requests = scene.requests
    scene.routing.fail(
      requests[0].item, DeletionError(.transient, code: "x", message: "x", isUnavailable: true))
    scene.routing.take(
      .init(
        item: requests[1].item,
        outcome: .redirected(XRootRedirect(address: EndpointAddress(host: "d3", port: 1094)), at: .stat)),
      from: requests[1].hop)
    scene.collect()
    #expect(scene.answers.isEmpty && scene.wanted == ["mgr.site.org whole /store/f"])
    #expect(scene.routing.needsManager)
  }

  @Test func `servers are read only where all of them can be asked`() {
    func hosts(_ text: String) -> [String]? {
      XRootLocations.servers(Array(text.utf8) + [0])?.map { "\($0.host):\($0.port)" }
    }
    #expect(hosts("Swd1.site.org:1094 Srd2.site.org:1095") == ["d1.site.org:1094", "d2.site.org:1095"])
    #expect(hosts("Sw[::192.0.2.7]:1094") == ["192.0.2.7:1094"])
    for text in ["", "Mwd1:1094", "Swd1:1094 swd2:1094", "Swd1:1094 Swd1:1094", "Sw", "Sw:"] {
      #expect(hosts(text) == nil, "\(text)")
    }
  }

  @Test(arguments: [1, 2]) func `where there is one server there is one replica`(_ servers: Int) {
    var scene = Scene(servers: servers)
    scene.removeFirst()
    if servers == 2 {
      #expect(scene.answers.isEmpty && scene.wanted == ["mgr.site.org remove /store/f"])
      scene.say(Self.absent)
    }
    #expect(scene.answers == [Self.sized] && scene.routing.isDone)
  }

  @Test func `a server that is no manager has no replicas elsewhere`() {
    var scene = Scene(servers: nil)
    scene.removeFirst()
    #expect(scene.answers == [Self.sized])
  }

  @Test func `every replica is removed where it is known to be a file`() {
    var scene = Scene()
    scene.removeFirst()
    for host in ["d2", "d3"] {
      #expect(scene.answers.isEmpty && scene.wanted == ["mgr.site.org remove /store/f"])
      scene.redirect(host, at: .remove)
      // What it is there nobody has said yet.
      #expect(scene.wanted == ["\(host) whole /store/f"])
      scene.say(.answered(Answer(.deleted)))
    }
    scene.say(Self.absent)
    #expect(scene.answers == [Self.sized] && !scene.routing.mayLeaveReplicas)
  }

  @Test func `a manager that still names the old server is given time, but not for ever`() {
    var scene = Scene()
    scene.removeFirst()
    for round in 0...XRootRouting.staleLimit {
      #expect(scene.wanted == ["mgr.site.org remove /store/f"])
      #expect(scene.requests[0].item.delay == (round == 0 ? .zero : XRootRouting.staleDelay))
      scene.redirect("d1", at: .remove)
      scene.say(Self.absent)
    }
    #expect(scene.answers == [Self.sized])
  }

  @Test func `a manager that names a server without the file has no replica`() {
    var scene = Scene()
    scene.removeFirst()
    scene.redirect("d2", at: .remove)
    scene.say(Self.absent)
    #expect(scene.answers == [Self.sized])
  }

  /// What is said of a further replica, and whether the file counts as deleted.
  static let further: [(errorClass: ErrorClass, code: String, isDeleted: Bool)] = [
    (.endpoint, "3018", false), (.transient, "closed", false), (.overload, "wait", false),
    (.permanent, "3016", false),
    (.auth, "3010", true), (.endpoint, "3013", true), (.unknown, "9999", true),
  ]

  @Test(arguments: further.indices) func `a file is not deleted while a replica is left`(_ index: Int) {
    let row = Self.further[index]
    var scene = Scene()
    scene.removeFirst()
    scene.say(.answered(Answer(.failed(DeletionError(row.errorClass, code: row.code, message: "why")))))
    #expect(scene.answers.count == 1 && scene.routing.mayLeaveReplicas == row.isDeleted)
    #expect((scene.answers.first?.kind == .deleted) == row.isDeleted)
    if let error = scene.answers.first?.error {
      // One is gone: whoever asks again and finds nothing has deleted it.
      #expect(error.errorClass == row.errorClass && error.isAmbiguous && !error.isUntried)
      #expect(error.message.contains("another may be left"))
    }
  }

  @Test func `a replica whose server was not reached is in doubt, too`() {
    var scene = Scene()
    scene.removeFirst()
    scene.routing.fail(scene.requests[0].item, .notTried)
    scene.collect()
    #expect(scene.answers[0].error?.isAmbiguous == true && scene.answers[0].error?.isUntried == false)
  }

  @Test func `where a server does not have what the manager says, another is asked once`() {
    var scene = Scene()
    scene.redirect("d1", at: .stat)
    scene.say(Self.absent)
    #expect(scene.answers.isEmpty && scene.wanted == ["mgr.site.org whole /store/f?tried=d1"])
    scene.redirect("d2", at: .stat)
    #expect(scene.wanted == ["d2 stat /store/f?tried=d1"])
    scene.say(Self.absent)
    #expect(scene.answers == [Answer(.absent)])
  }

  @Test func `a directory is dealt with where it is`() {
    var scene = Scene(kind: .emptyDirectories)
    scene.redirect("d1", at: .stat)
    #expect(scene.wanted == ["d1 whole /store/f"])
    scene.say(.answered(Answer(.deleted)))
    #expect(scene.answers == [Answer(.deleted)])
  }

  /// A redirect to a URL, and what is asked then; nil: it is not followed.
  static let urls: [(url: String, wanted: String?, requiresTLS: Bool)] = [
    ("root://d1:1095", "d1 stat /store/f", false), ("roots://d1//store/f?a=b", "d1 stat /store/f?a=b", true),
    ("xroot://d1//store/f", "d1 stat /store/f", false), ("root://d1//store/g", nil, false),
    ("root://d1/store/f", nil, false),
  ]

  @Test(arguments: urls.indices) func `a redirect to a URL is followed to the same path only`(_ index: Int)
    throws
  {
    let row = Self.urls[index]
    var scene = Scene()
    let redirect = try XRootRedirect([0xff, 0xff, 0xff, 0xff] + Array(row.url.utf8))
    scene.say(.redirected(redirect, at: .stat))
    #expect(scene.wanted == (row.wanted.map { [$0] } ?? []))
    if row.wanted == nil {
      #expect(scene.answers.first?.error?.errorClass == .endpoint)
    } else {
      #expect(scene.requests.first?.hop.server.requiresTLS == row.requiresTLS)
    }
  }

  @Test(arguments: ["https://d1//store/f", "file:///store/f", "root://", "root://d1//store/f g", "x"])
  func `a redirect to another protocol is not followed`(_ url: String) {
    #expect(throws: XRootProtocolError.self) {
      try XRootRedirect([0xff, 0xff, 0xff, 0xff] + Array(url.utf8))
    }
  }

  /// Who is named by a manager, and whether a token may be shown there.
  static let trust: [(host: String, isTrusted: Bool)] = [
    ("d1.site.org", true), ("mgr.site.org", true), ("D1.Friend.net", true), ("d1.elsewhere.org", false),
    ("site.org.evil.com", false), ("192.0.2.7", false),
  ]

  @Test(arguments: trust.indices) func `a token is for the endpoint's own storage`(_ index: Int) {
    let row = Self.trust[index]
    let hosts = StorageHosts()
    hosts.add(endpoint: "roots://d1.friend.net:1094")
    var scene = Scene(hosts: hosts)
    let redirect = XRootRedirect(address: EndpointAddress(host: row.host, port: 1094))
    scene.say(.redirected(redirect, at: .stat))
    #expect(scene.requests.first?.hop.isTrusted == row.isTrusted)
  }

  @Test func `a loop ends`() {
    var scene = Scene()
    for _ in 0..<XRootRouting.redirectLimit { scene.redirect("mgr.site.org", at: .stat) }
    #expect(scene.answers.isEmpty)
    scene.redirect("mgr.site.org", at: .stat)
    #expect(scene.answers.first?.error?.code == "redirect")
  }
}
