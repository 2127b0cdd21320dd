import SystemPackage

/// What a credential file holds, and who may read it.
package struct CredentialFile: Sendable {
  /// Its content.
  package var bytes: [UInt8]
  /// Its permission bits.
  package var permissions: FilePermissions

  package init(bytes: [UInt8], permissions: FilePermissions) {
    self.bytes = bytes
    self.permissions = permissions
  }

  /// Reads a credential file; passed in, so that inspection is tested without files.
  package typealias Reader = @Sendable (FilePath) throws(Errno) -> CredentialFile

  /// The most that is read, in bytes. Real proxies have 5 to 20 kB, tokens a few.
  package static let sizeLimit = 1 << 20

  /// Reads a file of the machine.
  ///
  /// Never waits: a pipe or a device under a credential's name is refused instead of read.
  /// - Throws: the error of opening or reading; `EISDIR` for a directory, `EINVAL` for anything else that is
  ///   not a regular file, `EFBIG` above ``sizeLimit``.
  package static func read(_ path: FilePath) throws(Errno) -> CredentialFile {
    let descriptor = try open(path)
    let result: Result<CredentialFile, Errno>
    do throws(Errno) {
      result = .success(try contents(of: descriptor))
    } catch {
      result = .failure(error)
    }
    // Only read from: what closing says changes nothing.
    try? descriptor.close()
    return try result.get()
  }

  private static func open(_ path: FilePath) throws(Errno) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, .readOnly, options: [.nonBlocking, .closeOnExec])
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  private static func contents(of descriptor: FileDescriptor) throws(Errno) -> CredentialFile {
    let status = try descriptor.stat()
    guard status.type == .regular else {
      throw status.type == .directory ? .isDirectory : .invalidArgument
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count: Int
      do {
        count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
      } catch {
        throw error as? Errno ?? .ioError
      }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > sizeLimit { throw .fileTooLarge }
    }
    return CredentialFile(bytes: bytes, permissions: status.permissions)
  }
}

extension FilePermissions {
  /// Any right for anyone but the owner.
  package static let anyoneElse: FilePermissions = [.groupReadWriteExecute, .otherReadWriteExecute]

  /// The usual four octal digits, as in `0644`.
  package var octal: String {
    let digits = String(rawValue & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }
}
