import TestSupport

extension StorageServer {
  /// A real nginx that limits its clients before it hands requests on to another server.
  ///
  /// - Parameters:
  ///   - zone: a directive of `http`, such as `limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;`.
  ///   - rule: what holds for all requests, such as `limit_req zone=z burst=10 nodelay;`.
  ///   - log: where the status of each request is written, one a line.
  package static func limitingNginx(
    _ zone: String, _ rule: String, before port: Int, log: String
  ) throws -> StorageServer {
    let own = try Loopback.freePort()
    return try nginx(
      ports: ["http": own],
      http: """
        \(zone)
        log_format status '$status';
        access_log \(log) status;
        upstream behind { server 127.0.0.1:\(port); keepalive 64; }
        server {
          listen 127.0.0.1:\(own);
          location / {
            \(rule)
            limit_req_status 429; limit_conn_status 429;
            proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
          }
        }
        """)
  }
}
