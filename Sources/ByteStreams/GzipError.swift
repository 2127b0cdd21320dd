/// What is wrong with gzipped input.
public enum GzipError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It ends in the middle of the compressed data.
  case truncated
  /// The data contradicts itself; the text says how, in zlib's words.
  case damaged(String)
  /// Something that is neither another gzip member nor zero padding follows the end.
  case trailingGarbage
  /// There is no memory for the (de)compressor.
  case outOfMemory

  /// One line for a person.
  public var description: String {
    switch self {
    case .truncated: "gzip data ends too early"
    case .damaged(let how): "gzip data is damaged: \(how)"
    case .trailingGarbage: "something that is not gzip follows the gzip data"
    case .outOfMemory: "no memory for gzip"
    }
  }
}
