/// What is wrong in a site's configuration, where, and what to do about it.
///
/// Thrown where nothing can be done without the thing; kept as a value where only one stage-out entry or one
/// rule suffers.
public struct SiteConfProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file it is about, as it was named; for what has no file, the option or variable it came from.
  public let file: String
  /// The line in that file, counted from 1; nil where it is about the file as a whole.
  public let line: Int?
  /// What is wrong, without a full stop.
  public let what: String
  /// What the site or the caller can do about it, without a full stop.
  public let whatToDo: String

  /// Makes a problem.
  public init(file: String, line: Int? = nil, what: String, whatToDo: String) {
    self.file = file
    self.line = line
    self.what = what
    self.whatToDo = whatToDo
  }

  /// `FILE:LINE: what; what to do`.
  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return "\(place): \(what); \(whatToDo)"
  }
}
