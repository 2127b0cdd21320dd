import Credentials
import DeletionModel
import FoundationEssentials
import HTTPTransport
import Networking

/// Gets a macaroon that can do nothing but delete below one directory until some time.
///
/// Servers do not say when they grant something else than was asked for: XRootD grants to anybody, cuts the time, and from
/// 5.9.6 on gives all that the user may do where what was asked for is not among it; StoRM issues a token that knows neither
/// path nor activity. So what comes back is read, narrowed offline where it is too wide, and refused where that is not enough.
struct MacaroonRequest {
  let door: MacaroonDoor
  /// When the campaign ends.
  let until: Date
  /// Whether the jobs ask what a name is before they delete it.
  let asksWhatIsThere: Bool
  /// Whether a door that forgets a macaroon's limits is good enough.
  let acceptsForgetful: Bool
  let client: any MacaroonClient
  let now: Date

  /// What came of it.
  struct Granted {
    var secret: Secret
    var record: Submission.Macaroon
    /// What is odd about it.
    var warnings: [String]
  }

  /// What is asked for, the least first. XRootD and dCache let whoever may delete a file look at it.
  private static let activitySets = [
    ["DELETE"], ["DELETE", "READ_METADATA"], ["DELETE", "READ_METADATA", "LIST"],
  ]

  /// Asks the door with each of our credentials until one gets what is needed.
  /// - Throws: ``CampaignError``.
  func grant() throws -> Granted {
    guard !client.credentials.isEmpty else {
      throw CampaignError(
        .noPermission,
        "\(door.origin) cannot be asked for a macaroon: there is no certificate, proxy or token here that can be used"
      )
    }
    var problems: [String] = []
    for (index, detail) in client.credentials.enumerated() {
      do throws(Refusal) {
        return try grant(credential: index)
      } catch {
        let misfits = error.isOfCredential ? client.misfits(of: index, at: door.location) : []
        problems.append("with \(detail): \(([error.text] + misfits).joined(separator: "; "))")
        if !error.isOfCredential { break }
      }
    }
    throw CampaignError(
      .noPermission,
      "\(door.origin) gives no macaroon for \(door.directory): \(problems.joined(separator: "; "))")
  }

  /// Why there is none, and whether another credential of ours may help.
  private struct Refusal: Error {
    var text: String
    var isOfCredential = true
  }

  private func grant(credential: Int) throws(Refusal) -> Granted {
    var status = 0
    for activities in Self.activitySets {
      let macaroon = try narrowed(try issued(activities, credential), to: activities)
      guard let secret = macaroon.text else { throw Refusal(text: "no memory", isOfCredential: false) }
      let seen = try stat(with: secret, asOf: MacaroonRights(macaroon).dialect)
      status = seen.inside
      // Denied; anything else is a matter of the file.
      if asksWhatIsThere, status == 401 || status == 403 { continue }
      guard seen.isKept || acceptsForgetful else {
        throw Refusal(
          text:
            "it forgets what a macaroon is limited to: once a file below the path was looked at, the same connection may "
            + "do all that you may (XRootD before 5.9.6 with an authorization file); a newer XRootD does not"
            + Acceptance.forgetfulDoor.hint, isOfCredential: false)
      }
      return granted(macaroon, secret, activities)
    }
    throw Refusal(
      text:
        "it does not let its own macaroon look at a file (HTTP \(status)); no-look = yes deletes without a look",
      isOfCredential: false)
  }

  private func granted(_ macaroon: Macaroon, _ secret: Secret, _ activities: [String]) -> Granted {
    let end = MacaroonRights(macaroon).expires ?? until
    let record = Submission.Macaroon(
      door: door.origin, path: door.directory, activities: activities, identifier: macaroon.identifier,
      expires: end.formatted(.iso8601))
    let isShort = end < until.addingTimeInterval(-60)
    return Granted(
      secret: secret, record: record,
      warnings: isShort
        ? [
          "the macaroon of \(door.origin) ends at \(record.expires), before the campaign does (\(until.formatted(.iso8601))): "
            + "what is left then is for the next round"
        ] : [])
  }

  // MARK: The door

  private func issued(_ activities: [String], _ credential: Int) throws(Refusal) -> Macaroon {
    let message = HTTPMessage(
      method: "POST", headers: ["Content-Type: application/macaroon-request", "Accept: application/json"],
      body: Array(
        #"{"caveats":["activity:\#(activities.joined(separator: ","))"],"validity":"\#(validity)"}"#.utf8))
    let answer: HTTPAnswer
    do {
      let url = try HTTPURL(door.origin + PercentEncoding.encoded(door.directory))
      answer = try client.send(message, to: url, credential: credential)
    } catch let error as HTTPURL.ParseError {
      throw Refusal(text: error.text, isOfCredential: false)
    } catch {
      throw Refusal(text: "\(error)")
    }
    switch answer.status {
    case 200: break
    case 401, 403: throw Refusal(text: "it refuses (HTTP \(answer.status))")
    default:
      let detail = MessageText.oneLine(Redaction.clean(answer.text), limit: 200)
      throw Refusal(
        text: "it issues none (HTTP \(answer.status)\(detail.isEmpty ? "" : ": \(detail)"))",
        isOfCredential: false)
    }
    struct Answer: Decodable { let macaroon: String }
    guard let found = try? JSONDecoder().decode(Answer.self, from: Data(answer.text.utf8)),
      BearerTokenSyntax.isBearerToken(Array(found.macaroon.utf8))
    else { throw Refusal(text: "its answer has no macaroon in it", isOfCredential: false) }
    switch TokenClaims.read(Secret(found.macaroon)) {
    case .macaroon(let macaroon): return macaroon
    case .claims:
      throw Refusal(
        text:
          "what it calls a macaroon is a JWT, as StoRM gives out, which is bound to no path and no activity",
        isOfCredential: false)
    case .malformed(let problem): throw Refusal(text: problem, isOfCredential: false)
    case .opaque: throw Refusal(text: "what it calls a macaroon cannot be read", isOfCredential: false)
    }
  }

  /// ISO 8601 with hours, minutes and seconds: XRootD takes no days.
  private var validity: String {
    let seconds = max(1, Int(until.timeIntervalSince(now)))
    return "PT\(seconds / 3600)H\(seconds / 60 % 60)M\(seconds % 60)S"
  }

  /// Looks at a listed file with the macaroon, and then, on the same connection, at a name beside the allowed root that
  /// nobody has: who is told that it is not there may look where the macaroon does not reach.
  ///
  /// XRootD calls a connection by the name in a macaroon that it has accepted, and when it refuses a later request by the
  /// macaroon it asks its authorization file what that name may (`Authz::Access`; seen with 5.5.3 and 5.8.1, not with 6.2.0).
  private func stat(
    with token: Secret, asOf dialect: MacaroonRights.Dialect
  ) throws(Refusal) -> (inside: Int, isKept: Bool) {
    let message = HTTPMessage(method: "PROPFIND", headers: ["Depth: 0"], followsRedirects: false)
    let parent = door.directory.utf8.dropLast().lastIndex(of: UInt8(ascii: "/")) ?? door.directory.startIndex
    let outside = String(door.directory[...parent]) + "swab-macaroon-check"
    let inside = door.sample ?? door.directory + "swab-macaroon-check"
    do {
      let statuses = try client.statuses(
        of: try [inside, outside].map { (message, try HTTPURL(door.origin + PercentEncoding.encoded($0))) },
        showing: token)
      let isKept = dialect != .xrootd || statuses[1] >= 400 && statuses[1] != 404
      return (statuses[0], isKept)
    } catch let error as HTTPURL.ParseError {
      throw Refusal(text: error.text, isOfCredential: false)
    } catch {
      throw Refusal(text: "\(error)")
    }
  }

  // MARK: What came back

  /// The macaroon with caveats for what the door has left too wide.
  private func narrowed(_ macaroon: Macaroon, to activities: [String]) throws(Refusal) -> Macaroon {
    var result = macaroon
    func add(_ caveat: String) throws(Refusal) {
      guard let next = result.adding(caveat) else { throw Refusal(text: "no memory", isOfCredential: false) }
      result = next
    }
    var rights = MacaroonRights(macaroon)
    let wanted = Set(activities)
    guard rights.allowDeletion else {
      let held = macaroon.caveats.filter { $0.hasPrefix("activity:") }.joined(separator: " and ")
      throw Refusal(
        text:
          "what it gives out allows no deletion (\(MessageText.oneLine(held, limit: 200))): this credential may not "
          + "delete there")
    }
    if rights.activities.map({ !$0.isSubset(of: wanted) }) ?? true {
      // Not more than there is: dCache refuses a macaroon that asks for that.
      let left = activities.filter { rights.activities?.contains($0) ?? true }
      try add("activity:\(left.joined(separator: ","))")
    }
    if !isBelow(rights) {
      guard rights.mayCover(door.directory + "x"), rights.dialect == .xrootd || rights.paths.isEmpty else {
        throw Refusal(text: "what it gives out is for another path: \(Self.shown(rights.paths))")
      }
      try add("path:\(door.directory)")
    }
    if rights.expires.map({ $0 > until }) ?? true { try add("before:\(until.formatted(.iso8601))") }
    rights = MacaroonRights(result)
    guard let left = rights.activities, left.isSubset(of: wanted), isBelow(rights), !rights.hasUnreadable,
      rights.mayCover(door.directory + "x"), let end = rights.expires, end <= until
    else {
      throw Refusal(
        text:
          "what it gives out cannot be restricted to deletion below the path: \(Self.shown(result.caveats))",
        isOfCredential: false)
    }
    guard end > now else {
      throw Refusal(text: "what it gives out has expired at \(end.formatted(.iso8601))")
    }
    return result
  }

  /// XRootD before 5.9.1 takes a path without a slash at its end for the beginning of a name.
  private func isBelow(_ rights: MacaroonRights) -> Bool {
    guard rights.staysBelow(door.directory) else { return false }
    return rights.dialect == .dcache || rights.paths.contains { $0.hasSuffix("/") }
  }

  private static func shown(_ caveats: [String]) -> String {
    MessageText.oneLine(caveats.joined(separator: " "), limit: 300)
  }
}
