import TestSupport

extension StorageServer {
  /// The methods of a WebDAV location.
  static let webDAVMethods = "dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS;"

  /// nginx with its WebDAV modules.
  ///
  /// - Parameters:
  ///   - ports: what it listens on, by door.
  ///   - http: the logs and servers of its configuration.
  static func nginx(ports: [String: Int], http: String) throws -> StorageServer {
    let program = try find("nginx", package: "nginx")
    let module = "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so"
    guard Disk.exists(module) else { throw TestFailure("install libnginx-mod-http-dav-ext") }
    let directory = try TemporaryDirectory()
    let user = try webUser()
    let data = directory.path + "/data"
    for path in [data, data + "/store", directory.path + "/run"] { Disk.makeDirectory(path, owner: user) }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "\($0)_temp_path \(directory.path)/run/\($0);"
    }.joined(separator: " ")
    let settings = directory.path + "/nginx.conf"
    Disk.write(
      settings,
      """
      load_module \(module);
      \(user == nil ? "" : "user www-data;")
      worker_processes 1;
      daemon off;
      pid \(directory.path)/run/pid;
      error_log \(directory.path)/run/log;
      events { worker_connections 256; }
      http {
        root \(data); \(temporary)
        \(http)
      }

      """)
    let path = directory.path
    return try StorageServer(ports: ports, data: data, user: user, directory: directory) {
      let process = try ChildProcess(program, ["-c", settings, "-e", path + "/run/log"], directory: path)
      for port in ports.values { try Loopback.waitForPort(port, of: process, log: path + "/run/log") }
      return process
    }
  }
}
