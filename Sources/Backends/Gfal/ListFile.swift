import Deletion
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A list of names for a tool: readable by nobody else, gone as soon as it is let go.
final class ListFile: Sendable {
  /// Where it is.
  let path: String

  /// Writes one line a name into a new file of the folder.
  init(_ names: [ExactName], in folder: String) throws(Errno) {
    var template = Array("\(folder)/swab-list-XXXXXX".utf8CString)
    // mkstemp(3) makes it with mode 0600. No child inherits it: a tool gets three descriptors only.
    let file = template.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let start = buffer.baseAddress else { return -1 }
      return mkstemp(start)
    }
    guard file >= 0 else { throw Errno(rawValue: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let descriptor = FileDescriptor(rawValue: file)
    var bytes: [UInt8] = []
    for name in names {
      bytes += name.text.utf8
      bytes.append(UInt8(ascii: "\n"))
    }
    do {
      try descriptor.closeAfter { _ = try descriptor.writeAll(bytes) }
    } catch {
      unlink(path)
      throw (error as? Errno) ?? .ioError
    }
  }

  deinit { unlink(path) }
}
