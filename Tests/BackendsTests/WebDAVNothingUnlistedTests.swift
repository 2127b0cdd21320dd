import DeletionModel
import TestSupport
import Testing
@testable import Networking
@testable import BackendWebDAV
@testable import BackendTools

/// Over many random trees, lists and kinds of servers, nothing goes that is not listed: the trees are compared.
@Suite struct WebDAVNothingUnlistedTests {
  /// How a server answers. Each of them removes whole trees, whatever `Depth` says.
  enum Mode: CaseIterable, Sendable {
    /// As EOS: everything is told; DELETE is `rm -r`.
    case eos
    /// One front end: in `/a` there is a server that knows no PROPFIND, in `/b` one that says 204 to everything.
    case frontEnd
    /// Directories without a type, files with one.
    case directoriesWithoutType
    /// Nothing has a type.
    case noTypes
    /// Types of another namespace.
    case foreignTypes
    /// The type of a directory has the status 404.
    case propertyNotFound
    /// `<resourcetype>collection</resourcetype>`.
    case malformedTypes
    /// The answer is for a neighbour, which is a file, or for a file of the same name elsewhere.
    case otherHrefs
    /// A manager that leaves a `%` bare in its redirects, and a server behind it that decodes it.
    case bareRedirects
    /// The same, and only a DELETE is redirected.
    case bareDeletions
    /// Redirects lead to a neighbour.
    case otherRedirects
    /// As XRootD before 6: files have `iscollection` 0 only, and names are written as they are.
    case xrootd5
    /// Listings and single answers are the same: all children, whatever the depth.
    case ignoresDepth
    /// Redirects with a right for one request, to one of two servers with different trees.
    case twoServers
  }

  static let names = ["f", "g", "dAr", "d%41r", "per%41", "perA", "x#y", "x", "a b", "a%20b", "h"]
  static let directories = [
    "/store/unmerged/a", "/store/unmerged/b", "/store/unmerged/a/dAr", "/store/unmerged/a/d%41r",
  ]

  /// Files and directories by path.
  struct Tree: Equatable {
    /// Whether it is a directory.
    var nodes: [String: Bool] = [:]

    mutating func makeDirectory(_ path: String) {
      var path = Substring(path)
      while !path.isEmpty {
        if nodes[String(path)] != nil { break }
        nodes[String(path)] = true
        path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
      }
    }

    func children(_ path: String) -> [String] {
      nodes.keys.filter { $0.hasPrefix(path + "/") && !$0.dropFirst(path.utf8.count + 1).contains("/") }
        .sorted()
    }

    mutating func remove(_ path: String) {
      nodes = nodes.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
    }
  }

  /// The servers: `door` and those behind it, `ds1` and `ds2`.
  struct Servers {
    let mode: Mode
    var trees: [String: Tree]
    var requests = 0

    mutating func answer(_ request: WebDAVRequest) -> WebDAVResponse {
      requests += 1
      let parts = request.http.target.split(separator: "?", maxSplits: 1)
      var path = String(decoding: PercentEncoding.decoded(parts[0].utf8), as: UTF8.self)
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
      let host = request.origin.host
      if host == "door", let location = redirect(path, request) {
        return WebDAVResponse(status: 307, location: location)
      }
      let holder = trees[host] == nil ? "door" : host
      guard let isDirectory = trees[holder]?.nodes[path] else { return WebDAVResponse(status: 404) }
      if mode == .frontEnd, host == "door" {
        if path.hasPrefix("/store/unmerged/a"), request.http.method == "PROPFIND" {
          return WebDAVResponse(status: 405)
        }
        if path.hasPrefix("/store/unmerged/b"), request.http.method == "PROPFIND" {
          return WebDAVResponse(status: 204)
        }
      }
      if request.http.method == "DELETE" {
        trees[holder]?.remove(path)
        return WebDAVResponse(status: 204)
      }
      var body = "<D:multistatus xmlns:D='DAV:'>" + element(path, isDirectory, holder)
      if isDirectory, request.depth == 1 || mode == .ignoresDepth {
        for child in trees[holder]?.children(path) ?? [] {
          body += element(child, trees[holder]?.nodes[child] ?? false, holder)
        }
      }
      return WebDAVResponse(
        status: 207, members: MultistatusReader.read(Array((body + "</D:multistatus>").utf8)))
    }

    private func redirect(_ path: String, _ request: WebDAVRequest) -> String? {
      switch mode {
      case .bareRedirects: return "http://ds1\(path)\(request.depth == 1 ? "/" : "")"
      case .bareDeletions: return request.http.method == "DELETE" ? "http://ds1\(path)" : nil
      case .otherRedirects:
        return request.depth == 1 ? nil : "http://ds1" + (path.replacing("/f", with: "/g"))
      case .twoServers:
        if request.depth == 1 { return "http://ds1\(PercentEncoding.encoded(path))/?xrdhttptk=0" }
        let holder = trees["ds1"]?.nodes[path] == false ? "ds1" : "ds2"
        // The manager changes its mind.
        let other = request.http.method == "DELETE" && requests.isMultiple(of: 3) ? "ds2" : holder
        return "http://\(other)\(PercentEncoding.encoded(path))?xrdhttptk=\(requests)"
      default: return nil
      }
    }

    private func element(_ path: String, _ isDirectory: Bool, _ holder: String) -> String {
      var href = PercentEncoding.encoded(path)
      if mode == .xrootd5 || mode == .bareRedirects { href = path.replacing("&", with: "&amp;") }
      if mode == .otherHrefs {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        href =
          requests.isMultiple(of: 2)
          ? PercentEncoding.encoded(path[...slash] + "neighbour")
          : "/store/other" + PercentEncoding.encoded(path[slash...])
      }
      let type: String
      switch (mode, isDirectory) {
      case (.directoriesWithoutType, true), (.noTypes, _): type = "<D:displayname>x</D:displayname>"
      case (.foreignTypes, true): type = "<x:resourcetype xmlns:x='y:'><x:collection/></x:resourcetype>"
      case (.malformedTypes, true): type = "<D:resourcetype>collection</D:resourcetype>"
      case (.otherHrefs, _): type = "<D:resourcetype/>"
      case (.xrootd5, false): type = "<D:iscollection>0</D:iscollection>"
      case (_, true): type = "<D:resourcetype><D:collection/></D:resourcetype>"
      case (_, false): type = "<D:resourcetype/>"
      }
      let status = mode == .propertyNotFound && isDirectory ? 404 : 200
      let given = mode == .propertyNotFound && isDirectory ? "<D:resourcetype/>" : type
      return "<D:response><D:href>\(href)</D:href><D:propstat><D:prop>\(given)</D:prop>"
        + "<D:status>HTTP/1.1 \(status) X</D:status></D:propstat></D:response>"
    }
  }

  static func tree(_ random: inout some RandomNumberGenerator) -> Tree {
    var tree = Tree()
    for directory in directories { tree.makeDirectory(directory) }
    for directory in directories {
      for name in names.shuffled(using: &random).prefix(Int.random(in: 1...5, using: &random)) {
        let path = directory + "/" + name
        if tree.nodes[path] != nil { continue }
        if Int.random(in: 0..<3, using: &random) == 0 {
          tree.makeDirectory(path)
          tree.nodes[path + "/unlisted"] = false
        } else {
          tree.nodes[path] = false
        }
      }
    }
    return tree
  }

  @Test(arguments: Mode.allCases) func `no unlisted name is ever gone`(_ mode: Mode) throws {
    var random = SystemRandomNumberGenerator()
    var (deletions, rounds) = (0, 0)
    for _ in 0..<Thoroughness.rounds(10_000 / Mode.allCases.count + 1) {
      rounds += 1
      var servers = Servers(mode: mode, trees: ["door": Self.tree(&random)])
      switch mode {
      case .bareRedirects, .bareDeletions, .otherRedirects: servers.trees["ds1"] = servers.trees["door"]
      case .twoServers:
        servers.trees = ["door": Tree(), "ds1": Self.tree(&random), "ds2": Self.tree(&random)]
      default: break
      }
      let before = servers.trees
      let listed = Self.directories.flatMap { directory in
        Self.names.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }.map { directory + "/" + $0 }
      }
      let answers = try Self.delete(listed, at: &servers)
      for (host, tree) in before {
        for (path, isDirectory) in tree.nodes where servers.trees[host]?.nodes[path] == nil {
          deletions += 1
          #expect(
            listed.contains(path) && !isDirectory, "\(mode): \(path) at \(host) is gone; listed: \(listed)")
        }
      }
      for (path, answer) in zip(listed, answers) {
        let kind = answer?.kind
        let had = before.values.contains { $0.nodes[path] != nil }
        let has = servers.trees.filter { $0.key != "door" || mode != .bareRedirects }.values.contains {
          $0.nodes[path] != nil
        }
        if kind == .deleted { #expect(had, "\(mode): \(path)") }
        if kind == .absent, mode != .twoServers { #expect(!had, "\(mode): \(path) is called absent") }
        if kind == .deleted, ![.twoServers, .bareDeletions, .otherRedirects].contains(mode) {
          #expect(!has, "\(mode): \(path) is called deleted")
        }
        #expect(kind != nil, "\(mode): no answer for \(path)")
      }
    }
    // Where something can be known, something is deleted.
    if ![.frontEnd, .noTypes, .otherHrefs].contains(mode) {
      #expect(deletions > rounds / 4, "\(mode): \(deletions)")
    }
  }

  /// Does what an event loop does, with one request at a time.
  private static func delete(_ paths: [String], at servers: inout Servers) throws -> [Answer?] {
    let home = try #require(WebOrigin(endpoint: "http://door"))
    var planner = WebDAVPlanner(home: home, lifetime: .seconds(60))
    let names = try paths.map { path in
      try WebDAVName.of(DeletionTarget(lfn: path, pfn: try #require(PFN("http://door" + path))))
    }
    let answers = BatchAnswers(count: names.count)
    let batch = WebDAVBatch(
      .init(id: 1, names: names, credential: .none, deadline: nil, observer: answers, finished: {}))
    let now = ContinuousClock.now
    planner.add(batch.files(), now: now)
    var left = 10_000
    func complete() {
      while let (file, kind) = planner.nextAnswer() {
        file.batch.complete(file.index, Answer(kind.asCompleted))
      }
    }
    repeat {
      complete()
      guard let work = planner.next(now: now) else { break }
      planner.receive(servers.answer(WebDAVRequest(work, home: home)), to: work, now: now)
      left -= 1
    } while left > 0
    complete()
    return answers.all
  }
}
