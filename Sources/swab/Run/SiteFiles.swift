import ByteStreams
import SiteConf
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The files of this machine, as ``SiteConf`` asks for them.
struct SiteFiles: SiteConfFiles {
  func read(_ path: String) throws -> [UInt8] { try FileSource.contents(of: path) }

  func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  func canonical(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
