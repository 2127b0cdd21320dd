import ByteStreams
import Glibc
import SiteConf

/// The files of this machine, as ``SiteConf`` asks for them.
package struct SiteFiles: SiteConfFiles {
  package init() {}

  package func read(_ path: String) throws -> [UInt8] { try FileSource.contents(of: path) }

  package func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  package func canonical(_ path: String) -> String? { resolvedPath(path) }
}
