import DeletionModel
import ListReading
import ByteStreams

/// What a journal belongs to: positions in one list, numbers of one set of routes.
package struct JournalIdentity: Sendable, Equatable {
  /// The SHA-256 of the names.
  package var digest: String
  /// How many names there are.
  package var files: Int
  /// The stage-out entries, one text each.
  package var routes: [String]

  /// Makes an identity.
  ///
  /// - Parameter survey: one with a digest.
  package init(_ survey: ListSurvey, routes: [DeletionRoute.Description]) {
    digest = survey.digest ?? ""
    files = survey.count
    self.routes = routes.map { route in
      [route.rse, route.storageSite, route.volume, route.protocolName, route.command].map { $0 ?? "-" }
        .joined(separator: " ")
    }
  }

  /// How another run differs from this one, in words; nil if it does not.
  package func difference(from other: JournalIdentity) -> String? {
    if digest != other.digest || files != other.files {
      return
        "its list has \(files) names, this one has \(other.files)\(files == other.files ? " others" : "")"
    }
    if routes != other.routes {
      return
        "it deletes from \(routes.joined(separator: ", ")), this one from \(other.routes.joined(separator: ", "))"
    }
    return nil
  }

  package func write(to writer: inout JournalWriter) {
    writer.text(digest)
    writer.number(files)
    writer.number(routes.count)
    for route in routes { writer.text(route) }
  }

  package init(_ reader: inout JournalReader) throws(JournalReader.UnreadableEntry) {
    digest = try reader.text()
    files = try reader.number()
    routes = []
    for _ in 0..<(try reader.number()) { routes.append(try reader.text()) }
  }
}

/// Why a journal can't be used: which, what is wrong, and what to do, on one line.
package struct JournalError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  package enum Problem: Sendable, Equatable {
    /// It holds something else.
    case foreign
    /// Another version of Swab wrote it.
    case format(String)
    /// It is a directory, a pipe or a device.
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
  package var name: String
  /// What is wrong.
  package var problem: Problem

  /// One line for a person.
  package var description: String { MessageText.oneLine("\(name): \(text)", limit: 1000) }

  private var text: String {
    switch problem {
    case .foreign: "is no journal of swab; name another file for it"
    case .format(let found):
      "is a journal of the format \"\(found)\", and this version has \"\(JournalFile.format)\"; finish with the version that began it, or name another file"
    case .noFile: "a journal is a regular file"
    case .inUse: "another swab works with this journal; wait for its end, or name another file"
    case .otherRun(let difference):
      "this journal is of another run: \(difference); name another file, or remove it if that run is no longer wanted"
    case .damaged(let offset):
      "is damaged at byte \(offset), and valid records follow; it was left unchanged. Restore a good copy, or name another file: files that are gone already are then reported as absent"
    case .file(let error):
      "\(error.operation == .read ? "cannot be read" : "cannot be written"): \(error.errno)"
    }
  }
}
