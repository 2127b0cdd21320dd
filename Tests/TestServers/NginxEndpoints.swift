import TestSupport

extension StorageServer {
  /// nginx with every kind of door: `http`, `https`, `https+bearer` (``token``), `https+x509` (a client certificate),
  /// `elsewhere` (a certificate of another name), `expired` (one that was good until yesterday).
  ///
  /// - Parameter content: what is behind each door, in nginx's words, given the condition on which it lets somebody in.
  static func nginxEndpoints(_ pki: ServerPKI, _ content: (_ condition: String) -> String) throws
    -> StorageServer
  {
    var ports: [String: Int] = [:]
    func server(_ endpoint: String, certificate: String? = "host", _ condition: String = "") throws -> String
    {
      let port = try Loopback.freePort()
      ports[endpoint] = port
      let tls = certificate.map {
        "ssl_certificate \(pki.certificate($0)); ssl_certificate_key \(pki.key($0));"
      }
      return """
        server {
          listen 127.0.0.1:\(port)\(certificate == nil ? "" : " ssl"); \(tls ?? "")
          ssl_client_certificate \(pki.authority); ssl_verify_client \(endpoint == "https+x509" ? "optional" : "off");
          \(content(condition))
        }
        """
    }
    let servers = [
      try server("http", certificate: nil), try server("https"),
      try server("https+bearer", #"if ($http_authorization != "Bearer \#(token)") { return 401; }"#),
      try server("https+x509", #"if ($ssl_client_verify != "SUCCESS") { return 403; }"#),
      try server("elsewhere", certificate: "elsewhere"), try server("expired", certificate: "expired"),
    ].joined(separator: "\n")
    return try nginx(ports: ports, http: "access_log off; " + servers)
  }
}
