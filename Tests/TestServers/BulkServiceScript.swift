import FoundationEssentials
import Glibc
import Synchronization
import TestSupport

/// What dCache's bulk service says, after the sources of dCache 12.0 (BulkResources.java, BulkServiceCommunicator.java,
/// BulkService.java, BulkRequestContainerJob.java, JdbcBulkRequestStore.java), with the faults that a test gives it.
package final class BulkServiceScript: Sendable {
  /// What it does differently.
  package struct Faults: Sendable {
    /// `bulk.limits.max.targets-per-flat-request`.
    package var targetLimit = 500
    /// What it says to a request with more: 413, before dCache 10.2.25 and 11.2.5 400.
    package var tooLong = 413
    /// `bulk.limits.max-requests-per-user`: so many may be unfinished; 429 to any more.
    package var requestLimit = 5000
    /// How many further requests it answers with 429.
    package var refusals = 0
    /// How many further requests of any kind the rate limiter of the server answers with 429.
    package var busy = 0
    /// Targets in a page.
    package var page = 10_000
    /// How many targets of a request are worked through each time that it is read; nil: all as it comes in.
    package var pace: Int?
    /// How many further requests are stored whose answer does not come.
    package var lostAnswers = 0
    /// Whether requests are stored and never worked on.
    package var isStuck = false
    /// How many targets it works through before it never works on anything again; nil: all.
    package var targetsLeft: Int?
    /// Whether nothing is answered any more.
    package var hangs = false
    /// After how many further requests that are stored nothing is answered any more, the last of them included.
    package var hangsAfter: Int?
    /// Whether it is older than 9.2: it removes empty directories whatever `skipDirs` says, and has no archive.
    package var isOld = false
    /// Whether it calls everything something else than the door does.
    package var knowsNothing = false
    /// Whether it forgets each request at once.
    package var forgets = false
    /// Whether requests can't be cleared.
    package var keepsAll = false
    /// What it says to a cancellation: 500 before dCache 10.2.11 and 11.0.5 (dCache issue 7858).
    package var cancellation = 200

    package init() {}
  }

  private struct Target: Encodable {
    var target: String
    var state = "CREATED"
    var startedAt: Int?
    var errorType: String?
    var errorMessage: String?
    var id: Int
    var isSettled: Bool { ["COMPLETED", "FAILED", "CANCELLED", "SKIPPED"].contains(state) }
  }

  private struct Page: Encodable {
    var nextId: Int
    var uid: String
    var arrivedAt = 1_795_823_000_000
    var startedAt: Int?
    var status: String
    var targets: [Target]
  }

  private struct Summary: Encodable {
    var id: Int
    var url: String
    var owner = "1000:1000"
    var activity = "DELETE"
    var status: String
    var active = 0
  }

  private struct Request {
    var uid: String
    var status = "QUEUED"
    var targets: [Target]
    var isUnfinished: Bool { ["QUEUED", "STARTED"].contains(status) }
  }

  /// What is sent to it; any other key is refused.
  private struct Order: Decodable {
    var activity: String
    var target: [String]
    var expandDirectories: String?
    var clearOnSuccess: Bool?
    var clearOnFailure: Bool?
    var cancelOnFailure: Bool?
    var arguments: [String: String]?

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int?
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { return nil }
    }

    static func unknownKeys(_ body: [UInt8]) -> [String] {
      struct Keys: Decodable {
        let names: [String]
        init(from decoder: any Decoder) throws {
          names = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue)
        }
      }
      let known = [
        "activity", "target", "targetPrefix", "expandDirectories", "clearOnSuccess", "clearOnFailure",
        "cancelOnFailure", "arguments",
      ]
      let names = (try? JSONDecoder().decode(Keys.self, from: Data(body)))?.names ?? []
      return names.filter { !known.contains($0) }
    }
  }

  private struct State {
    var faults: Faults
    var requests: [Int: Request] = [:]
    var lastRequest = 0
    var lastTarget = 0
    var deletions: [String: Int] = [:]
    var files: Set<String>
  }

  private typealias Reply = ScriptedServer.Reply

  private let state: Mutex<State>
  private let data: String?
  private static let path = "/api/v1/bulk-requests"

  init(data: String?, files: Set<String>, _ faults: Faults) {
    self.data = data
    state = Mutex(State(faults: faults, files: files))
  }

  func set(_ change: (inout Faults) -> Void) { state.withLock { change(&$0.faults) } }
  var files: Set<String> { state.withLock { $0.files } }
  func remove(_ path: String) -> Bool { state.withLock { $0.files.remove(path) != nil } }
  var deletions: [String: Int] { state.withLock { $0.deletions } }
  var requests: Int { state.withLock { $0.requests.count } }

  // MARK: Answers

  func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
    state.withLock { state in
      if state.faults.hangs { return Self.silence }
      if state.faults.busy > 0 {
        state.faults.busy -= 1
        return Reply(429)
      }
      let parts = request.path.split(separator: "?", maxSplits: 1).map(String.init)
      guard parts[0].hasPrefix(Self.path) else { return error(404, "Not Found") }
      let name = parts[0].dropFirst(Self.path.count).drop { $0 == "/" }
      let query = parts.count > 1 ? parts[1] : ""
      let offset = query.split(separator: "&").first { $0.hasPrefix("offset=") }.flatMap {
        Int($0.dropFirst(7))
      }
      switch (request.method, String(name)) {
      case ("POST", ""): return submit(request.body, &state)
      case ("GET", ""): return list(offset ?? 0, state)
      case ("GET", "archived"):
        return state.faults.isOld ? error(404, "request archived not found") : Reply(200, body: "[]")
      case (let method, let uid):
        guard let (id, _) = state.requests.first(where: { $0.value.uid == uid }), !state.faults.forgets else {
          return error(404, "request \(uid) not found")
        }
        switch method {
        case "GET":
          if let pace = state.faults.pace { work(on: id, pace, &state) }
          return page(id, offset ?? 0, state)
        case "PATCH": return cancel(id, &state)
        case "DELETE":
          guard state.requests[id]?.isUnfinished == false, !state.faults.keepsAll else {
            return error(403, "cannot be cleared")
          }
          state.requests[id] = nil
          return Reply(204)
        default: return error(405, "Method Not Allowed")
        }
      }
    }
  }

  private static let silence = Reply(500, pause: .seconds(3600))

  private func error(_ status: Int, _ text: String) -> Reply {
    Reply(status, body: #"{"errors":[{"message":"\#(text)","status":"\#(status)"}]}"#)
  }

  private func json(_ value: some Encodable) -> Reply {
    Reply(200, body: String(decoding: (try? JSONEncoder().encode(value)) ?? Data(), as: UTF8.self))
  }

  private func submit(_ body: [UInt8], _ state: inout State) -> Reply {
    guard let order = try? JSONDecoder().decode(Order.self, from: Data(body)) else {
      return error(400, "cannot be read")
    }
    let unknown = Order.unknownKeys(body)
    guard unknown.isEmpty else { return error(400, "unsupported arguments: \(unknown)") }
    guard order.activity == "DELETE", order.expandDirectories == "NONE" else {
      return error(400, "a test sends nothing else")
    }
    if state.faults.refusals > 0 {
      state.faults.refusals -= 1
      return error(429, "1000:1000")
    }
    guard state.requests.values.count(where: \.isUnfinished) < state.faults.requestLimit else {
      return error(429, "1000:1000")
    }
    guard order.target.count <= state.faults.targetLimit else {
      return error(
        state.faults.tooLong,
        "The number of targets \(order.target.count) exceeds maximum \(state.faults.targetLimit) for directory expansion NONE."
      )
    }
    var seen: Set<[UInt8]> = []
    var targets: [Target] = []
    for path in order.target.map(Self.stripped) where seen.insert(Array(path.utf8)).inserted {
      state.lastTarget += 1
      targets.append(Target(target: path, id: state.lastTarget))
    }
    state.lastRequest += 1
    let id = state.lastRequest
    let uid = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(id)".count) + "\(id)"
    state.requests[id] = Request(uid: uid, targets: targets)
    if state.faults.pace == nil { work(on: id, targets.count, &state) }
    if let left = state.faults.hangsAfter {
      state.faults.hangsAfter = left - 1
      state.faults.hangs = left <= 1
      if state.faults.hangs { return Self.silence }
    }
    if state.faults.lostAnswers > 0 {
      state.faults.lostAnswers -= 1
      return .swallowed
    }
    // As the frontend knows itself, not as it was reached.
    return Reply(201, ["request-url: https://frontend.invalid:3880\(Self.path)/\(uid)"])
  }

  /// Java's String.strip.
  private static func stripped(_ path: String) -> String {
    var scalars = Substring(path).unicodeScalars
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }

  private func list(_ offset: Int, _ state: State) -> Reply {
    json(
      state.requests.keys.sorted().filter { $0 >= offset }.compactMap { id in
        state.requests[id].map {
          Summary(id: id, url: "https://frontend.invalid:3880\(Self.path)/\($0.uid)", status: $0.status)
        }
      })
  }

  private func page(_ id: Int, _ offset: Int, _ state: State) -> Reply {
    guard let request = state.requests[id] else { return error(404, "not found") }
    let rest = request.targets.filter { $0.id >= offset }
    let page = Array(rest.prefix(state.faults.page))
    let isLast = page.count < state.faults.page
    return json(
      Page(
        nextId: isLast ? -1 : (page.last?.id ?? 0) + 1, uid: request.uid,
        startedAt: request.status == "QUEUED" ? nil : 1_795_823_001_000, status: request.status, targets: page
      ))
  }

  private func cancel(_ id: Int, _ state: inout State) -> Reply {
    guard state.faults.cancellation == 200 else { return error(state.faults.cancellation, "failed") }
    guard var request = state.requests[id], request.isUnfinished else { return Reply(200) }
    for index in request.targets.indices where !request.targets[index].isSettled {
      request.targets[index].state = "CANCELLED"
    }
    request.status = "CANCELLED"
    state.requests[id] = request
    return Reply(200)
  }

  // MARK: The name space

  private func work(on id: Int, _ count: Int, _ state: inout State) {
    guard !state.faults.isStuck, var request = state.requests[id], request.isUnfinished else { return }
    request.status = "STARTED"
    var left = count
    for index in request.targets.indices where !request.targets[index].isSettled && left > 0 {
      if state.faults.targetsLeft == 0 { break }
      state.faults.targetsLeft = state.faults.targetsLeft.map { $0 - 1 }
      left -= 1
      request.targets[index].startedAt = 1_795_823_002_000
      delete(&request.targets[index], &state)
    }
    if request.targets.allSatisfy(\.isSettled) { request.status = "COMPLETED" }
    state.requests[id] = request
  }

  private func delete(_ target: inout Target, _ state: inout State) {
    func fail(_ type: String, _ message: String) {
      (target.state, target.errorType, target.errorMessage) = (
        "FAILED", "diskCacheV111.util." + type, message
      )
    }
    let path = target.target
    func missing() { fail("FileNotFoundCacheException", "No such file or directory: \(path)") }
    if state.faults.knowsNothing { return missing() }
    guard let data else {
      state.deletions[path, default: 0] += 1
      if state.files.remove(path) == nil { missing() } else { target.state = "COMPLETED" }
      return
    }
    var status = stat()
    guard lstat(data + path, &status) == 0 else { return missing() }
    if status.st_mode & S_IFMT == S_IFDIR {
      target.state = "SKIPPED"
      if state.faults.isOld { target.state = rmdir(data + path) == 0 ? "COMPLETED" : "FAILED" }
      return
    }
    let parent = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(Substring(path.utf8[..<$0])) } ?? ""
    // We may be root: who may write is not who is asked, but what the directory says.
    guard stat(data + parent, &status) == 0, status.st_mode & 0o200 != 0 else {
      return fail("PermissionDeniedCacheException", "Access denied")
    }
    state.deletions[path, default: 0] += 1
    if unlink(data + path) == 0 { target.state = "COMPLETED" } else { missing() }
  }
}
