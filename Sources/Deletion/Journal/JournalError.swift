import ByteStreams

/// Why a journal can't be used: which, what is wrong, and what to do, on one line.
public struct JournalError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Equatable {
    /// It holds something else.
    case foreign
    /// Another version of Swab wrote it.
    case format(String)
    /// It is a folder, a pipe or a device.
    case noFile
    /// Another process works with it.
    case inUse
    /// It is about something else than this run; which, in words.
    case otherRun(String)
    /// It is damaged at this byte, with records behind it.
    case damaged(at: Int64)
    /// It can't be read or written.
    case file(FileError)
  }

  /// The journal as it was named to us.
  public var name: String
  /// What is wrong.
  public var problem: Problem

  /// One line for a person.
  public var description: String { MessageText.oneLine("\(name): \(text)", limit: 1000) }

  private var text: String {
    switch problem {
    case .foreign: "is no journal of swab; name another file for it"
    case .format(let found):
      "is a journal of the format \"\(found)\", and this version has \"\(JournalFile.format)\"; finish with the version that began it, or name another file"
    case .noFile: "a journal is a regular file"
    case .inUse: "another swab works with this journal; wait for its end, or name another file"
    case .otherRun(let difference):
      "this journal is of another run: \(difference); name another file, or remove it if that run is no more wanted"
    case .damaged(let place):
      "is damaged at byte \(place), and there are good records behind it; it was left as it is. Get a good copy, or name another file: what is gone already is then reported as absent"
    case .file(let error):
      "\(error.operation == .read ? "cannot be read" : "cannot be written"): \(error.errno)"
    }
  }
}
