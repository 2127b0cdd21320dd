import FoundationEssentials
import Glibc
import SiteConf

/// The files of this machine.
struct DiskFiles: SiteConfFiles {
  /// A path that can't be read.
  struct Unreadable: Error, CustomStringConvertible {
    let description = "no such file"
  }

  func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw Unreadable() }
    return [UInt8](data)
  }

  func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  func canonical(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
