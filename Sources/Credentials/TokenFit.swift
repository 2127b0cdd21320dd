import DeletionModel
import Networking

/// What a bearer token says that it is good for.
package enum TokenGrant: Sendable, Equatable {
  /// A JWT's word.
  case claims(TokenClaims)
  /// A macaroon's.
  case macaroon(MacaroonRights)
  /// It says nothing.
  case silent

  /// The grant of a token that was read.
  package init(_ reading: TokenClaims.Reading) {
    switch reading {
    case .claims(let claims): self = .claims(claims)
    case .macaroon(let macaroon): self = .macaroon(MacaroonRights(macaroon))
    case .opaque, .malformed: self = .silent
    }
  }
}

/// A token held against where the files of a run are, before anything is sent: each server would say no to each file.
package enum TokenFit {
  /// Why a token will hardly be accepted somewhere.
  package struct Misfit: Sendable, Equatable {
    /// Whether no storage is known that would accept it, so that a certificate goes first.
    package let isCertain: Bool
    /// What does not fit and what to ask for, on one line.
    package let text: String
  }

  /// Everything that does not fit at a place; empty where all does, and for a token that says nothing.
  package static func misfits(_ grant: TokenGrant, at location: TokenScopes.Location) -> [Misfit] {
    switch grant {
    case .silent: []
    case .macaroon(let rights): [path(rights, location)].compactMap { $0 }
    case .claims(let claims):
      [scope(claims.scopes, location), audience(claims.audiences, location)].compactMap { $0 }
    }
  }

  private static func path(_ rights: MacaroonRights, _ location: TokenScopes.Location) -> Misfit? {
    guard !rights.mayCover(location.storagePath) else { return nil }
    let paths = MessageText.oneLine(rights.paths.joined(separator: " "), limit: 200)
    let wanted = directory(of: location.storagePath)
    return Misfit(
      isCertain: true,
      text: "the macaroon is for \(paths), and does not cover \(shown(location.storagePath)); "
        + "ask this door for one with the path \(wanted == "/" ? wanted : wanted + "/")")
  }

  private static func scope(_ scopes: [String], _ location: TokenScopes.Location) -> Misfit? {
    let shownNames = MessageText.oneLine(scopes.joined(separator: " "), limit: 200)
    let wanted = "storage.modify:\(directory(of: location.lfn))"
    let isLFNCovered = TokenScopes.allowDeletion(of: location.lfn, by: scopes)
    guard TokenScopes.mayCover(location, by: scopes) else {
      guard isLFNCovered else {
        return Misfit(
          isCertain: true,
          text: "the token's scopes do not cover \(shown(location.lfn)): \(shownNames); ask for \(wanted)")
      }
      return Misfit(
        isCertain: true,
        text:
          "the token's scopes name the LFN, and the file is at \(shown(location.storagePath)), of which they cover no "
          + "part: \(shownNames); ask for storage.modify:\(directory(of: location.storagePath)) without the base path that the "
          + "site has given to the issuer")
    }
    // The base path is taken off by the server: where the scope has it, it would be there twice.
    let isPrefixed = !location.storagePath.utf8.drop { $0 == UInt8(ascii: "/") }
      .elementsEqual(location.lfn.utf8.dropFirst())
    guard isPrefixed, !isLFNCovered, TokenScopes.allowDeletion(of: location.storagePath, by: scopes) else {
      return nil
    }
    return Misfit(
      isCertain: false,
      text:
        "the token's scopes name the whole path at the storage: \(shownNames); that fits only where the site gives the "
        + "issuer the base path /; if it is refused, ask for \(wanted)")
  }

  /// Values that every storage takes (WLCG Common JWT Profiles, "aud"; SciTokens).
  private static let everyone: Set<String> = ["https://wlcg.cern.ch/jwt/v1/any", "any"]

  private static func audience(_ audiences: [String], _ location: TokenScopes.Location) -> Misfit? {
    guard !audiences.isEmpty, !audiences.contains(where: { everyone.contains($0.lowercased()) }) else {
      return nil
    }
    let parts = location.endpoint.split(separator: "://", maxSplits: 1)
    guard parts.count == 2,
      let address = try? EndpointAddress(scheme: String(parts[0]), authority: String(parts[1]))
    else { return nil }
    let hosts = audiences.map(host)
    // A storage has one audience for all its doors, which may be called like none of them.
    if hosts.contains(where: { StorageDomain.isSame($0, address.host) }) { return nil }
    let shownNames = MessageText.oneLine(audiences.joined(separator: " "), limit: 200)
    return Misfit(
      isCertain: hosts.allSatisfy { $0.contains(".") },
      text:
        "the token's audience is \(shownNames), and not this storage; ask for the audience https://\(parts[1]), or what the "
        + "site calls its storage")
  }

  /// The host of `https://host:port/path`, of `host:port` and of `host`.
  private static func host(_ audience: String) -> String {
    var rest = audience[...]
    if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
    rest = rest.prefix { $0 != "/" }
    if rest.first == "[" { return String(rest.dropFirst().prefix { $0 != "]" }) }
    return String(rest.prefix { $0 != ":" })
  }

  private static func shown(_ path: String) -> String { MessageText.oneLine(path, limit: 300) }

  /// Without slashes at its end and doubled ones at the beginning.
  private static func directory(of path: String) -> String {
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
    let rest = path[..<end].utf8.drop { $0 == UInt8(ascii: "/") }
    return "/" + shown(String(decoding: Array(rest), as: UTF8.self))
  }
}
