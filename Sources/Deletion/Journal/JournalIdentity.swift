/// What a journal belongs to: positions in one list, numbers of one set of routes.
public struct JournalIdentity: Sendable, Equatable {
  /// The SHA-256 of the names.
  public var digest: String
  /// How many names there are.
  public var files: Int
  /// The stage-out entries, one text each.
  public var routes: [String]

  /// Makes an identity.
  ///
  /// - Parameter survey: one with a digest.
  public init(_ survey: ListSurvey, routes: [DeletionRoute.Description]) {
    digest = survey.digest ?? ""
    files = survey.count
    self.routes = routes.map { route in
      [route.rse, route.storageSite, route.volume, route.protocolName, route.command].map { $0 ?? "-" }
        .joined(separator: " ")
    }
  }

  /// How another run differs from this one, in words; nil if it does not.
  func difference(from other: JournalIdentity) -> String? {
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

  func write(to writer: inout JournalWriter) {
    writer.text(digest)
    writer.number(files)
    writer.number(routes.count)
    for route in routes { writer.text(route) }
  }

  init(_ reader: inout JournalReader) throws(JournalReader.Nonsense) {
    digest = try reader.text()
    files = try reader.number()
    routes = []
    for _ in 0..<(try reader.number()) { routes.append(try reader.text()) }
  }
}
