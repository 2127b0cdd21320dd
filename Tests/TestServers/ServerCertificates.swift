import Glibc
import TestSupport

/// Certificates for servers on loopback, made by `openssl` in a directory of their own.
package final class ServerCertificates: Sendable {
  /// The directory of the certification authority, with OpenSSL's hashed name: what a client is to trust.
  package let trusted: String
  /// A directory with another authority, of the same name.
  package let foreign: String
  /// A proxy certificate of the test's user, as one file with key and chain.
  package let proxy: String
  /// One that has ended.
  package let expiredProxy: String
  /// The user's own certificate.
  package let userCertificate: String
  /// One of his that has ended.
  package let expiredUserCertificate: String
  /// The key of both.
  package let userKey: String
  /// The authority's certificate by itself.
  let authority: String
  /// The server's, for `localhost`, `127.0.0.1` and `::1`.
  let certificate: String
  let key: String
  private let directory: TemporaryDirectory

  /// The one set that all tests share.
  package static let shared = Result { try ServerCertificates() }

  private init() throws {
    directory = try TemporaryDirectory()
    let path = directory.path
    (trusted, foreign, proxy) = (path + "/trusted", path + "/foreign", path + "/proxy.pem")
    (certificate, key) = (path + "/host.pem", path + "/host.key")
    (expiredProxy, authority) = (path + "/oldproxy.pem", path + "/trusted.pem")
    (userCertificate, expiredUserCertificate) = (path + "/user.pem", path + "/olduser.pem")
    userKey = path + "/user.key"
    for directory in [trusted, foreign] { Disk.makeDirectory(directory) }
    Disk.write(
      path + "/host.ext",
      """
      subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1
      extendedKeyUsage=serverAuth,clientAuth
      keyUsage=critical,digitalSignature,keyEncipherment

      """)
    Disk.write(
      path + "/user.ext",
      "extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature,keyEncipherment\n")
    Disk.write(
      path + "/proxy.ext",
      """
      keyUsage=critical,digitalSignature,keyEncipherment
      proxyCertInfo=critical,language:id-ppl-inheritAll

      """)
    // GSI wants the authority's signing policy beside its certificate.
    Disk.write(
      path + "/make.sh",
      """
      set -eu
      cd "$1"
      authority() {
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 3650 \\
          -subj "/DC=org/DC=test/CN=Test CA" -addext basicConstraints=critical,CA:TRUE \\
          -addext keyUsage=critical,keyCertSign,cRLSign
        hash=$(openssl x509 -hash -noout -in "$1.pem")
        cp "$1.pem" "$1/$hash.0"
        printf '%s\\n' "access_id_CA X509 '/DC=org/DC=test/CN=Test CA'" 'pos_rights globus CA:sign' \\
          "cond_subjects globus '\\"/DC=org/DC=test/*\\"'" > "$1/$hash.signing_policy"
      }
      issue() {
        openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
        openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -set_serial "$4" -days "${5:-365}" \\
          -extfile "$1.ext" -out "$1.pem"
      }
      authority trusted
      authority foreign
      issue host "/DC=org/DC=test/CN=localhost" trusted 1001
      issue user "/DC=org/DC=test/CN=Test User" trusted 1002
      issue proxy "/DC=org/DC=test/CN=Test User/CN=1003" user 1003
      cat proxy.key user.pem >> proxy.pem
      cp proxy.ext oldproxy.ext
      issue oldproxy "/DC=org/DC=test/CN=Test User/CN=1004" user 1004 -1
      cat oldproxy.key user.pem >> oldproxy.pem
      openssl x509 -req -in user.csr -CA trusted.pem -CAkey trusted.key -set_serial 1005 -days -1 \\
        -extfile user.ext -out olduser.pem
      openssl genrsa -out issuer.key 2048
      openssl rsa -in issuer.key -noout -modulus > issuer.modulus
      chmod 600 *.key proxy.pem oldproxy.pem

      """)
    try ChildProcess.run("/bin/sh", [path + "/make.sh", path], directory: path)
  }

  /// A copy of the server's key that this user alone can read: servers insist on that.
  func key(for user: uid_t?, in directory: String) -> String {
    let copy = directory + "/host.key"
    Disk.write(copy, Disk.read(key), mode: 0o400)
    if let user { chown(copy, user, gid_t.max) }
    return copy
  }

  // MARK: Tokens

  /// Who issues the tokens. Nothing is ever asked there: the server is given the issuer's key.
  static let issuer = "https://issuer.swab.test/"

  /// A WLCG token (RS256) of that issuer.
  package func token(scope: String, expiresIn seconds: Int = 3600) throws -> String {
    let now = time(nil)
    let head = #"{"alg":"RS256","typ":"JWT","kid":"test"}"#
    let claims =
      #"{"iss":"\#(Self.issuer)","sub":"tester","aud":"https://wlcg.cern.ch/jwt/v1/any","wlcg.ver":"1.0","#
      + #""scope":"\#(scope)","iat":\#(now - 7200),"nbf":\#(now - 7200),"exp":\#(now + seconds),"jti":"1"}"#
    let text = Self.base64URL(Array(head.utf8)) + "." + Self.base64URL(Array(claims.utf8))
    let work = try TemporaryDirectory()
    Disk.write(work.path + "/text", text)
    try ChildProcess.run(
      "/usr/bin/openssl",
      [
        "dgst", "-sha256", "-sign", directory.path + "/issuer.key", "-out", work.path + "/signature",
        work.path + "/text",
      ], directory: work.path)
    return text + "." + Self.base64URL(Disk.bytes(work.path + "/signature"))
  }

  /// The issuer's public key where the server's token library looks for it (its cache).
  func writeKeyCache(below cache: String) throws {
    let line = Disk.read(directory.path + "/issuer.modulus")
    let hex = Array(line.utf8.drop { $0 != UInt8(ascii: "=") }.dropFirst().filter { $0 > 0x20 })
    let modulus = stride(from: 0, to: hex.count - 1, by: 2).compactMap {
      UInt8(String(decoding: hex[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
    let later = time(nil) + 86_400
    let keys =
      #"{"expires":\#(later),"next_update":\#(later),"jwks":{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","#
      + #""kid":"test","n":"\#(Self.base64URL(modulus))","e":"AQAB"}]}}"#
    let location = cache + "/scitokens"
    Disk.makeDirectory(location)
    try ChildProcess.run(
      "/usr/bin/sqlite3",
      [
        location + "/scitokens_cpp.sqllite",
        "CREATE TABLE keycache (issuer text UNIQUE PRIMARY KEY NOT NULL,keys text NOT NULL);"
          + "INSERT INTO keycache VALUES ('\(Self.issuer)', '\(keys)');",
      ], directory: cache)
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let number = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for location in 0...part.count { text.append(letters[(number >> (18 - 6 * location)) & 63]) }
    }
    return text
  }
}
