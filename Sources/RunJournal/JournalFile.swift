import ByteStreams

/// A journal as a file: a first line, then records (``JournalFrame``), only ever added at the end.
package struct JournalFile: Sendable {
  /// The first line, without its end.
  package static let format = "swab.journal/1"
  private static let family = Array("swab.journal/".utf8)
  private static let firstLine = Array("\(format)\n".utf8)
  private static let chunk = 1 << 20
  /// More than ever is written at once: a torn record has nothing good behind it, at most as much as this.
  private static let tornLimit: Int64 = 64 << 20

  package let file: LockedFile
  /// What was found.
  package private(set) var past: JournalPast
  /// Where it is good up to.
  package private(set) var end: Int64
  /// The bytes behind that, which are no record.
  package private(set) var torn: Int64 = 0
  /// Whether others are kept out.
  package let isLocked: Bool

  /// Opens a journal, or begins one; a torn record at the end is cut off.
  package init(_ path: String, _ identity: JournalIdentity) throws(JournalError) {
    do throws(FileError) {
      file = try LockedFile(path)
      guard try file.snapshot().isRegular else {
        throw FileError(path: path, operation: .write, errno: .invalidArgument)
      }
    } catch {
      let isNoFile = [.invalidArgument, .isDirectory, .noSuchAddressOrDevice].contains(error.errno)
      throw JournalError(name: path, problem: isNoFile ? .noFile : .file(error))
    }
    switch file.lock() {
    case .held: isLocked = true
    case .unsupported: isLocked = false
    case .taken: throw JournalError(name: path, problem: .inUse)
    }
    past = JournalPast(files: identity.files)
    end = 0
    do {
      try read(identity)
      if torn > 0 { try file.truncate(to: end) }
      if end == 0 { try begin(identity) }
    } catch let error as JournalError {
      throw error
    } catch let error as FileError {
      throw JournalError(name: path, problem: .file(error))
    } catch {
      throw JournalError(name: path, problem: .damaged(at: end))
    }
  }

  private mutating func begin(_ identity: JournalIdentity) throws {
    var bytes = Self.firstLine
    JournalFrame.append(JournalRecord.identity(identity).bytes, to: &bytes)
    do {
      try file.append(bytes)
    } catch {
      try? file.truncate(to: 0)
      throw error
    }
    end = Int64(bytes.count)
  }

  private mutating func read(_ identity: JournalIdentity) throws {
    let size = try file.snapshot().size
    var bytes = ArraySlice(try file.read(at: 0, count: Self.chunk))
    guard bytes.starts(with: Self.firstLine) else {
      // Killed while the first line was written.
      if Self.firstLine.starts(with: bytes) {
        torn = size
        return
      }
      guard bytes.starts(with: Self.family) else { throw JournalError(name: file.name, problem: .foreign) }
      let line = bytes.prefix(100).prefix { $0 != UInt8(ascii: "\n") }
      throw JournalError(name: file.name, problem: .format(String(decoding: line, as: UTF8.self)))
    }
    var isFirst = true
    var offset = Int64(Self.firstLine.count)
    bytes = bytes.dropFirst(Self.firstLine.count)
    while offset < size {
      switch JournalFrame.read(bytes, at: bytes.startIndex) {
      case .record(let range):
        guard let record = try? JournalRecord(bytes[range]) else {
          throw JournalError(name: file.name, problem: .damaged(at: offset))
        }
        if isFirst {
          guard case .identity(let found) = record else {
            throw JournalError(name: file.name, problem: .foreign)
          }
          if let difference = found.difference(from: identity) {
            throw JournalError(name: file.name, problem: .otherRun(difference))
          }
          isFirst = false
        } else if !past.take(record, at: offset) {
          throw JournalError(name: file.name, problem: .damaged(at: offset))
        }
        offset += Int64(range.upperBound - bytes.startIndex)
        bytes = bytes[range.upperBound...]
      case .cut where offset + Int64(bytes.count) < size:
        bytes = ArraySlice(try file.read(at: offset, count: max(Self.chunk, 2 * bytes.count)))
      case .cut, .damaged:
        try checkNothingFollows(offset, size)
        torn = size - offset
        // Without its first record it says nothing of anything yet.
        if isFirst {
          torn = size
          offset = 0
        }
        end = offset
        past.closeRun()
        return
      }
    }
    if isFirst { torn = size } else { end = offset }
    past.closeRun()
  }

  /// A record that was being written when the process was killed is the last one. Good ones behind a bad one mean
  /// that something else has happened to the file, and then nobody knows what is lost.
  private func checkNothingFollows(_ offset: Int64, _ size: Int64) throws {
    let rest = size - offset
    guard rest <= Self.tornLimit,
      !JournalFrame.isIn(try file.read(at: offset, count: Int(rest))[...].dropFirst())
    else { throw JournalError(name: file.name, problem: .damaged(at: offset)) }
  }

  /// The record of a file that begins there.
  package func entry(at offset: Int64) throws(JournalError) -> JournalEntry {
    do {
      var bytes = try file.read(at: offset, count: 512)
      if case .cut = JournalFrame.read(bytes[...], at: 0) {
        bytes = try file.read(at: offset, count: JournalFrame.overhead + JournalFrame.limit)
      }
      guard case .record(let range) = JournalFrame.read(bytes[...], at: 0),
        case .file(let entry)? = try? JournalRecord(bytes[range])
      else { throw JournalError(name: file.name, problem: .damaged(at: offset)) }
      return entry
    } catch let error as JournalError {
      throw error
    } catch let error as FileError {
      throw JournalError(name: file.name, problem: .file(error))
    } catch {
      throw JournalError(name: file.name, problem: .damaged(at: offset))
    }
  }
}
