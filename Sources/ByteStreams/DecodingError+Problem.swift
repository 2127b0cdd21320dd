extension DecodingError {
  /// What is wrong with a JSON document, on one line: where, and what.
  ///
  /// - Parameter what: what it should have been, such as `swab.job/1`.
  package func problem(with what: String) -> String {
    switch self {
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      "it is not valid JSON: \(context.underlyingError.map { "\($0)" } ?? context.debugDescription)"
    case .keyNotFound(let key, let context):
      "it is no \(what): \"\(Self.text(context.codingPath + [key]))\" is missing"
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
      "it is no \(what): "
        + (context.codingPath.isEmpty ? "" : "\"\(Self.text(context.codingPath))\": ")
        + context.debugDescription
    @unknown default: "it is no \(what): \(self)"
    }
  }

  /// `jobs[3].number`.
  private static func text(_ path: [any CodingKey]) -> String {
    path.reduce("") { text, key in
      if let index = key.intValue { return text + "[\(index)]" }
      return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
    }
  }
}
