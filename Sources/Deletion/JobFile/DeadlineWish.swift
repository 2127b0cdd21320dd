/// How long a run may take: a number of seconds, or `auto`, which is up to the end of the job or the credential.
public enum DeadlineWish: Sendable, Equatable, Codable {
  /// So many seconds.
  case seconds(Double)
  /// As long as the surroundings allow.
  case auto

  /// A number, or the text `auto`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let seconds = try? container.decode(Double.self) {
      self = .seconds(seconds)
    } else if (try? container.decode(String.self)) == "auto" {
      self = .auto
    } else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "it is neither a number of seconds nor \"auto\"")
    }
  }

  /// As it is read.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .seconds(let seconds): try container.encode(seconds)
    case .auto: try container.encode("auto")
    }
  }
}
