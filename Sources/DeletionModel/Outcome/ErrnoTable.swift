import SystemPackage

/// What the error numbers of Linux are called and what they mean for a deletion.
///
/// The same table serves the kernel's own answers (`rm`) and those that `gfal-rm` passes on, except for the
/// numbers that gfal2 gives another meaning.
package enum ErrnoTable {
  /// One number.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let errorClass: ErrorClass

    package init(name: String, errorClass: ErrorClass) {
      self.name = name
      self.errorClass = errorClass
    }
  }

  /// The entry of a number; one that is not listed is unknown and called `errno N`.
  package static func entry(_ number: Int32) -> Entry {
    entries[number] ?? Entry(name: "errno \(number)", errorClass: .unknown)
  }

  /// Numbers of x86-64 and arm64 Linux, from asm-generic/errno-base.h and asm-generic/errno.h.
  package static let entries: [Int32: Entry] = [
    1: Entry(name: "EPERM", errorClass: .auth),
    2: Entry(name: "ENOENT", errorClass: .absent),
    4: Entry(name: "EINTR", errorClass: .transient),
    5: Entry(name: "EIO", errorClass: .transient),
    11: Entry(name: "EAGAIN", errorClass: .transient),
    12: Entry(name: "ENOMEM", errorClass: .transient),
    13: Entry(name: "EACCES", errorClass: .auth),
    16: Entry(name: "EBUSY", errorClass: .transient),
    17: Entry(name: "EEXIST", errorClass: .permanent),
    19: Entry(name: "ENODEV", errorClass: .endpoint),
    // A file stands where the path needs a directory: the name cannot exist, but that smells of a wrong
    // mapping, so it does not count as gone.
    20: Entry(name: "ENOTDIR", errorClass: .permanent),
    21: Entry(name: "EISDIR", errorClass: .permanent),
    22: Entry(name: "EINVAL", errorClass: .permanent),
    23: Entry(name: "ENFILE", errorClass: .transient),
    24: Entry(name: "EMFILE", errorClass: .transient),
    26: Entry(name: "ETXTBSY", errorClass: .transient),
    28: Entry(name: "ENOSPC", errorClass: .transient),
    30: Entry(name: "EROFS", errorClass: .endpoint),
    36: Entry(name: "ENAMETOOLONG", errorClass: .permanent),
    38: Entry(name: "ENOSYS", errorClass: .endpoint),
    39: Entry(name: "ENOTEMPTY", errorClass: .permanent),
    40: Entry(name: "ELOOP", errorClass: .permanent),
    52: Entry(name: "EBADE", errorClass: .auth),
    70: Entry(name: "ECOMM", errorClass: .transient),
    71: Entry(name: "EPROTO", errorClass: .transient),
    95: Entry(name: "EOPNOTSUPP", errorClass: .endpoint),
    101: Entry(name: "ENETUNREACH", errorClass: .transient),
    103: Entry(name: "ECONNABORTED", errorClass: .transient),
    104: Entry(name: "ECONNRESET", errorClass: .transient),
    107: Entry(name: "ENOTCONN", errorClass: .transient),
    110: Entry(name: "ETIMEDOUT", errorClass: .transient),
    111: Entry(name: "ECONNREFUSED", errorClass: .transient),
    112: Entry(name: "EHOSTDOWN", errorClass: .transient),
    113: Entry(name: "EHOSTUNREACH", errorClass: .transient),
    116: Entry(name: "ESTALE", errorClass: .transient),
    122: Entry(name: "EDQUOT", errorClass: .transient),
    125: Entry(name: "ECANCELED", errorClass: .transient),
  ]
}

extension DeletionError {
  /// The kernel's answer to a system call on a local or mounted file system.
  package static func posix(_ number: Int32, doing call: String) -> DeletionError {
    let entry = ErrnoTable.entry(number)
    return DeletionError(
      entry.errorClass, code: entry.name, message: "\(call): \(Errno(rawValue: number).description)",
      // A network file system that gives up may have sent the request.
      isAmbiguous: entry.name == "ETIMEDOUT" || entry.name == "EIO")
  }
}
