/// Where a list comes from.
public enum ListSource: Sendable, Equatable {
  /// A file.
  case file(String)
  /// Standard input.
  case standardInput
  /// Names on the command line.
  case arguments([String])

  /// What `--from` names: `-` is standard input.
  public init(option: String) { self = option == "-" ? .standardInput : .file(option) }

  /// Its name in the report and in messages.
  public var name: String {
    switch self {
    case .file(let path): path
    case .standardInput: "standard input"
    case .arguments: "command line"
    }
  }
}
