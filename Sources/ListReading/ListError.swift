import DeletionModel
import ByteStreams

/// Why a list can't be used: where, what is wrong, and what to do, on one line.
package struct ListError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  package enum Problem: Sendable, Equatable {
    /// It can't be read as the text that it should be.
    case text(TextError.Problem)
    /// It is no text at all.
    case binary
    /// The file was written to while it was being read.
    case changed
    /// A protected entry that can't be understood.
    case protectedEntry(String, reason: String)
    /// A list of protected entries without an entry.
    case protectsNothing
    /// A list of protected entries, none of which is in an area where files may be deleted; the allowed roots.
    case protectsElsewhere([String])
    /// More than there is room for in the directory of temporary files: bytes, and the directory.
    case noRoom(Int64, String)
  }

  /// The list as it was named to us.
  package var source: String
  /// The line, from 1; nil where it is about the whole list.
  package var line: Int?
  /// What is wrong.
  package var problem: Problem

  package init(source: String, line: Int? = nil, problem: Problem) {
    self.source = source
    self.line = line
    self.problem = problem
  }

  /// One line for a person.
  package var description: String {
    let position = line.map { "\(source):\($0)" } ?? source
    let text = "\(position): \(what); \(remedy)"
    return MessageText.oneLine(text, limit: 1000)
  }

  private var what: String {
    switch problem {
    case .text(let problem): problem.description
    case .binary: "looks binary"
    case .changed: "was changed while it was being read"
    case .protectedEntry(let entry, let reason):
      "the protected entry \"\(MessageText.oneLine(entry, limit: 300))\" \(reason)"
    case .protectsNothing: "protects nothing"
    case .protectsElsewhere(let roots):
      "protects nothing where files may be deleted (\(roots.joined(separator: ", ")))"
    case .noRoom(let bytes, let directory):
      "is longer than \(bytes >> 20) MB, half of what is free in \(directory), where a copy is kept to be read twice"
    }
  }

  private var remedy: String {
    switch problem {
    case .text(.gzip(.outOfMemory)): "give the job more memory"
    case .text(.gzip), .text(.truncatedJSON):
      "fetch or write the list again, and check that the disk is not full"
    case .changed: "start again once it is complete"
    case .protectedEntry: "correct the list: what cannot be understood cannot be protected"
    case .protectsNothing: "get the list that names what running workflows need"
    case .protectsElsewhere: "get the list that names what running workflows need there"
    case .noRoom: "give it as a file, or set TMPDIR to a directory with more room"
    case .text, .binary:
      "a list has one LFN a line, or is a JSON array of strings, or JSON lines with the key \"lfn\""
    }
  }
}
