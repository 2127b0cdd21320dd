import FoundationEssentials
import Glibc

/// The few things that tests do with files. Names are bytes; nothing is put right.
package enum Disk {
  /// Makes a directory and those above it.
  package static func makeDirectory(_ path: String, owner: uid_t? = nil) {
    var end = path.utf8.startIndex
    while end != path.utf8.endIndex {
      let next = path.utf8[path.utf8.index(after: end)...].firstIndex(of: UInt8(ascii: "/"))
      end = next ?? path.utf8.endIndex
      let part = String(Substring(path.utf8[..<end]))
      if mkdir(part, 0o755) == 0, let owner { chown(part, owner, gid_t.max) }
    }
  }

  /// Writes a file.
  package static func write(_ path: String, _ text: String = "x", mode: mode_t = 0o644) {
    write(path, bytes: Array(text.utf8), mode: mode)
  }

  /// A process that another test starts at this moment holds every open descriptor until it executes its
  /// program; until then executing this file gives ETXTBSY. A lease for reading is granted when no writer is left.
  private static func waitForWriters(of path: String) {
    let setLease: Int32 = 1024  // F_SETLEASE, which Glibc's module map leaves out
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    for _ in 0..<10_000 {
      if fcntl(file, setLease, F_RDLCK) == 0 {
        _ = fcntl(file, setLease, F_UNLCK)
        return
      }
      usleep(1000)
    }
  }

  /// Writes a file. One that can be executed is waited for until it really can.
  package static func write(_ path: String, bytes: [UInt8], mode: mode_t = 0o644) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard file >= 0 else { return }
    Glibc.write(file, bytes, bytes.count)
    close(file)
    chmod(path, mode)
    if mode & 0o111 != 0 { waitForWriters(of: path) }
  }

  /// Whether there is anything under this name, be it a link to nothing.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// The text of a file; empty if it cannot be read.
  package static func read(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

  /// The bytes of a file; none if it cannot be read.
  package static func bytes(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = Glibc.read(file, &buffer, buffer.count), count > 0 {
      result += buffer[..<count]
    }
    return result
  }

  /// The names in a directory.
  package static func names(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var result: [String] = []
    while let entry = readdir(directory) {
      // Not by way of its value: the memory behind a name may end before the 256 bytes of its type.
      let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
      let name = String(cString: start.assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  /// Everything below a directory, as paths from it on; directories end in a slash.
  package static func tree(_ path: String, below: String = "") -> [String] {
    names(path).flatMap { name -> [String] in
      let full = path + "/" + name
      var status = stat()
      if lstat(full, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        return [below + name + "/"] + tree(full, below: below + name + "/")
      }
      return [below + name]
    }
  }

  /// Removes a directory and everything in it; follows no link.
  package static func removeTree(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The number of a user; nil if there is none of this name.
  package static func user(_ name: String) -> uid_t? { getpwnam(name).map { $0.pointee.pw_uid } }
}
