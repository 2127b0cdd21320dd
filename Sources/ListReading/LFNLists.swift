import DeletionModel
import ByteStreams

/// Several lists, read one after the other, as often as needed.
///
/// ``survey()`` reads all of them to their ends before anything is deleted, so that a damaged list deletes
/// nothing; ``nextBatch(limit:)`` then reads them again. The files stay open in between: what is read twice is
/// the same file, whatever happens to its name. What can't be read twice (standard input, pipes) is copied to
/// an unnamed temporary file first.
package struct LFNLists: Sendable {
  private var lists: [OpenedList]
  private var current: (index: Int, reader: OpenedList.Reader)?
  private var nextIndex = 0

  /// Opens all lists. Reads pipes to their ends; for those, `spoolDirectory` takes a copy.
  ///
  /// Throws `FileError`.
  package init(
    _ sources: [ListSource], spoolDirectory: String, standardInput: OpenFile = .standardInput
  ) throws {
    lists = try sources.map {
      try OpenedList($0, spoolDirectory: spoolDirectory, standardInput: standardInput)
    }
  }

  /// Reads every list whole, without changing where ``nextBatch(limit:)`` is.
  ///
  /// - Parameter each: told every name; nil where nobody wants to know.
  ///
  /// Throws ``ListError`` for what a list holds, `FileError` where one can't be read.
  ///
  /// - Parameter digesting: whether to make the ``ListSurvey/digest``.
  package func survey(digesting: Bool = false, each: ((ListedLFN) -> Void)? = nil) throws -> ListSurvey {
    var survey = ListSurvey(lists: [])
    let digest = digesting ? SHA256() : nil
    for list in lists {
      var count = 0
      var reader = try list.reader()
      while let batch = try reader.nextBatch(limit: 4096) {
        count += batch.count
        if let each { batch.forEach(each) }
        digest?.add(Self.bytes(batch))
      }
      survey.lists.append(.init(name: list.name, count: count))
    }
    survey.digest = digest?.finish()
    return survey
  }

  /// The names with something between them that no name can have, and that tells the broken ones apart.
  private static func bytes(_ names: [ListedLFN]) -> [UInt8] {
    var bytes: [UInt8] = []
    for name in names {
      bytes += name.text.utf8
      bytes += [0xFF, name.isValidUTF8 ? 1 : 0]
    }
    return bytes
  }

  /// The next names, at least one and at most `limit`, all of one list; nil at the end of the last one.
  ///
  /// Throws as ``survey()`` does.
  package mutating func nextBatch(limit: Int) throws -> [ListedLFN]? {
    while true {
      if current == nil {
        guard nextIndex < lists.count else { return nil }
        current = (nextIndex, try lists[nextIndex].reader())
        nextIndex += 1
      }
      if let batch = try current?.reader.nextBatch(limit: limit) { return batch }
      current = nil
    }
  }
}

/// What was found in lists that were read once.
package struct ListSurvey: Sendable, Equatable {
  /// One list.
  package struct List: Sendable, Equatable {
    /// Its name.
    package var name: String
    /// The number of names in it, repeated ones included.
    package var count: Int
  }

  /// The lists in their order.
  package var lists: [List]
  /// The SHA-256 of all names in their order, in hexadecimal digits, whatever form the lists have and wherever one
  /// ends and the next begins; nil if it was not asked for.
  package var digest: String?

  /// The number of names altogether.
  package var count: Int { lists.reduce(0) { $0 + $1.count } }
}
