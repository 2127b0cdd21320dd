import Glibc

/// Certificates as the grid has them, with RSA keys: users, proxies of all kinds, servers with names that fit and that
/// do not, and what an authority has revoked. Made by `openssl` in a directory of their own.
package final class GridCertificates: Sendable {
  /// The directory of the authorities that are trusted, with OpenSSL's hashed names, a list of what is revoked, and a
  /// second authority that the first one has issued.
  package let trusted: String
  /// A directory with another authority only.
  package let foreign: String
  /// A directory with both.
  package let both: String
  private let directory: TemporaryDirectory

  /// The one set that all tests share.
  package static let shared = Result { try GridCertificates() }

  /// The certificate (or proxy, with its key and its chain) of a name in the list below.
  package func certificate(_ name: String) -> String { "\(directory.path)/\(name).pem" }
  /// The key of a name in the list below; for proxies the file of the proxy.
  package func key(_ name: String) -> String {
    name.contains("proxy") ? certificate(name) : "\(directory.path)/\(name).key"
  }

  private init() throws {
    directory = try TemporaryDirectory()
    let path = directory.path
    (trusted, foreign, both) = (path + "/trusted", path + "/foreign", path + "/both")
    for path in [trusted, foreign, both] { Disk.makeDirectory(path) }
    let usage = "keyUsage=critical,digitalSignature,keyEncipherment\n"
    let server = "extendedKeyUsage=serverAuth,clientAuth\n" + usage
    let here = "subjectAltName=DNS:localhost,IP:127.0.0.1\n" + server
    let proxy = usage + "proxyCertInfo=critical,language:id-ppl-inheritAll\n"
    for (name, text) in [
      ("user", usage), ("proxy", proxy), ("legacy", usage), ("here", here), ("no-names", server),
      ("elsewhere", "subjectAltName=DNS:elsewhere.test\n" + server),
      ("client", "extendedKeyUsage=clientAuth\n" + usage),
      ("authority", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"),
    ] {
      Disk.write("\(path)/\(name).ext", text)
    }
    Disk.write(
      path + "/ca.cnf",
      """
      [ca]
      default_ca = it
      [it]
      database = index
      default_md = sha256
      default_crl_days = 30

      """)
    Disk.write(
      path + "/make.sh",
      """
      set -eu
      cd "$1"
      T=/DC=org/DC=test
      install_authority() {
        hash=$(openssl x509 -hash -noout -in "$1.pem")
        cp "$1.pem" "$2/$hash.0"
        printf '%s\\n' "access_id_CA X509 '$3'" 'pos_rights globus CA:sign' \\
          "cond_subjects globus '\\"/DC=org/*\\"'" > "$2/$hash.signing_policy"
      }
      authority() {
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 3650 \\
          -subj "$2" -addext basicConstraints=critical,CA:TRUE \\
          -addext keyUsage=critical,keyCertSign,cRLSign
      }
      serial=1000
      # Name, subject, issuer, extensions, days, key.
      issue() {
        serial=$((serial + 1))
        openssl req -newkey "${6:-rsa:2048}" ${6:+-pkeyopt ec_paramgen_curve:P-256} -nodes \\
          -keyout "$1.key" -out "$1.csr" -subj "$2"
        openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -set_serial $serial -days "${5:-365}" \\
          -extfile "$4.ext" -out "$1.pem"
      }
      # A proxy: its issuer's certificates follow its key.
      proxy() {
        cp "$3.pem" "$3.chain"
        issue "$1" "$2" "$3" "$4" "${5:-365}"
        cat "$1.key" "$3.chain" >> "$1.pem"
      }
      revoke() {
        serial_of=$(openssl x509 -noout -serial -in "$1.pem" | cut -d= -f2)
        printf 'R\\t400101000000Z\\t240101000000Z\\t%s\\tunknown\\t/CN=%s\\n' "$serial_of" "$1" >> index
      }
      authority ca "$T/CN=Grid CA"
      authority otherca "/DC=org/DC=other/CN=Another CA"
      issue subca "$T/CN=Second CA" ca authority
      install_authority ca trusted "$T/CN=Grid CA"
      install_authority subca trusted "$T/CN=Second CA"
      install_authority otherca foreign "/DC=org/DC=other/CN=Another CA"
      cp trusted/* foreign/* both

      issue user "$T/CN=A User" ca user
      issue expired-user "$T/CN=A User" ca user -1
      issue stranger "/DC=org/DC=other/CN=Stranger" otherca user
      issue subject "$T/CN=User of the second CA" subca user
      cp subject.pem alone.pem
      cat alone.pem subca.pem ca.pem > subject.pem
      issue curve "$T/CN=A User" ca user 365 ec
      proxy proxy "$T/CN=A User/CN=1" user proxy
      proxy second-proxy "$T/CN=A User/CN=1/CN=2" proxy proxy
      proxy third-proxy "$T/CN=A User/CN=1/CN=2/CN=3" second-proxy proxy
      proxy legacy-proxy "$T/CN=A User/CN=proxy" user legacy
      proxy expired-proxy "$T/CN=A User/CN=4" user proxy -1
      proxy stranger-proxy "/DC=org/DC=other/CN=Stranger/CN=6" stranger proxy
      proxy subject-proxy "$T/CN=User of the second CA/CN=7" subject proxy

      issue host "$T/CN=localhost" ca here
      issue second-host "$T/CN=localhost" subca here
      issue common-name "$T/CN=localhost" ca no-names
      issue service "$T/CN=host\\\\/localhost" ca no-names
      issue elsewhere "$T/CN=localhost" ca elsewhere
      issue other-name "$T/CN=elsewhere.test" ca no-names
      issue client "$T/CN=localhost" ca client
      issue revoked-host "$T/CN=localhost" ca here
      issue expired-host "$T/CN=localhost" ca here -1
      issue foreign-host "/DC=org/DC=other/CN=localhost" otherca here
      : > index
      revoke revoked-host
      openssl ca -gencrl -config ca.cnf -keyfile ca.key -cert ca.pem -out "trusted/$(openssl x509 -hash -noout \\
        -in ca.pem).r0"
      chmod 600 ./*.key ./*proxy.pem

      """)
    try ChildProcess.run("/bin/sh", [path + "/make.sh", path], directory: path)
  }

  /// A copy of a server's key that this user alone can read: servers insist on that.
  package func key(_ name: String, for user: uid_t?, in directory: String) -> String {
    let copy = directory + "/host.key"
    Disk.write(copy, Disk.read(key(name)), mode: 0o400)
    if let user { chown(copy, user, gid_t.max) }
    return copy
  }
}
