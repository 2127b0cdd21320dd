import DeletionModel
import FoundationEssentials

/// What a JSON web token says of itself (RFC 7519, RFC 9068, the WLCG token profile), without its signature
/// being verified: that is the server's business.
package struct TokenClaims: Sendable, Equatable {
  /// `iss`, on one line.
  package var issuer: String?
  /// `sub`, on one line.
  package var subject: String?
  /// `aud`: one or more.
  package var audiences: [String] = []
  /// `scope`, blank-separated (RFC 8693), or the list or text `scp` of SciTokens 1.
  package var scopes: [String] = []
  /// `nbf`.
  package var notBefore: Date?
  /// `exp`.
  package var expires: Date?

  /// Says nothing.
  package init() {}

  /// What a token turned out to be.
  package enum Reading: Sendable, Equatable {
    /// A JWT.
    case claims(TokenClaims)
    /// A macaroon.
    case macaroon(Macaroon)
    /// Something else: usable, but silent about itself.
    case opaque
    /// It begins as a JWT or a macaroon does, but the rest cannot be read. The text says why and quotes nothing of it.
    case malformed(String)
  }

  /// Reads a token.
  package static func read(_ token: Secret) -> Reading {
    do throws(Macaroon.Damage) {
      if let macaroon = try Macaroon(token) { return .macaroon(macaroon) }
    } catch {
      return .malformed(error.text)
    }
    let parts = token.reveal().split(separator: ".", omittingEmptySubsequences: false)
    guard let header = parts.first.flatMap(Base64URL.decode),
      (try? JSONDecoder().decode(Header.self, from: header)) != nil
    else { return .opaque }
    // Five parts are an encrypted token (RFC 7516), which only its audience can read.
    if parts.count == 5 { return .opaque }
    guard parts.count == 3 else { return .malformed("the token is cut short: not three parts") }
    guard let payload = Base64URL.decode(parts[1]) else {
      return .malformed("the token's claims are not base64url")
    }
    // What the decoder says may quote the claims, so that its words are not passed on.
    guard let raw = try? JSONDecoder().decode(Raw.self, from: payload) else {
      return .malformed("the token's claims are not the JSON of RFC 7519")
    }
    return .claims(TokenClaims(raw))
  }

  private init(_ raw: Raw) {
    issuer = raw.iss.map(Self.shown)
    subject = raw.sub.map(Self.shown)
    audiences = (raw.aud?.texts ?? []).map(Self.shown)
    scopes = (raw.scope ?? raw.scp)?.scopes.map(Self.shown) ?? []
    notBefore = raw.nbf?.date
    expires = raw.exp?.date
  }

  private static func shown(_ text: String) -> String { MessageText.oneLine(text, limit: 300) }
}

/// The one member that every JOSE header has (RFC 7515 section 4.1.1).
private struct Header: Decodable {
  let alg: String
}

private struct Raw: Decodable {
  let iss: String?
  let sub: String?
  let aud: OneOrMore?
  let scope: OneOrMore?
  let scp: OneOrMore?
  let nbf: NumericDate?
  let exp: NumericDate?
}

/// A text or a list of texts: `aud` may be either.
private struct OneOrMore: Decodable {
  let texts: [String]

  /// The texts, each split at blanks.
  var scopes: [String] { texts.flatMap { $0.split(separator: " ").map(String.init) } }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      texts = [text]
    } else {
      texts = try container.decode([String].self)
    }
  }
}

/// Seconds since 1970, whole or not (RFC 7519 section 2).
private struct NumericDate: Decodable {
  let date: Date

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let seconds = try container.decode(Double.self)
    // Up to the end of the year 9999: what is beyond cannot be written as ISO 8601 and means a mistake.
    guard (0...253_402_300_799).contains(seconds) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date")
    }
    date = Date(timeIntervalSince1970: seconds)
  }
}

/// The base64url coding of RFC 4648 section 5, without padding, as JWT uses it.
package enum Base64URL {
  /// The decoded bytes; nil for anything that is not base64url.
  package static func decode(_ text: some StringProtocol) -> Data? {
    var plain: [UInt8] = []
    plain.reserveCapacity(text.utf8.count + 3)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
      // These two belong to the other alphabet, and padding is ours to add.
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: plain.append(byte)
      }
    }
    while plain.count % 4 != 0 { plain.append(UInt8(ascii: "=")) }
    return Data(base64Encoded: Data(plain))
  }
}
