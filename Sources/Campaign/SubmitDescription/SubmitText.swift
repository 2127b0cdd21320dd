/// Values as they are written in a submit description: the one place that knows how.
///
/// In that language a value ends with its line, a backslash at its end takes the next line along, blanks around it
/// are lost, and `$(NAME)`, `$ENV(…)` and their like are replaced. `$(DOLLAR)` stands for a `$`, but not beside another
/// one: `$$(NAME)` is replaced much later, when a machine is matched, in every attribute of a job, and a job whose
/// machine lacks NAME is held. So two of them in a row can't be written.
package enum SubmitText {
  /// Why a text can't be a value; nil if it can.
  package static func problem(_ text: String) -> String? {
    if text.unicodeScalars.contains(where: { ($0.value < 0x20 && $0 != "\t") || $0.value == 0x7F }) {
      return "it has a control character"
    }
    if text.utf8.last == UInt8(ascii: "\\") {
      return "it ends in a backslash, which would join the next line"
    }
    return nil
  }

  /// Why a text can't be a ClassAd expression; nil if it may be one. Only what would end the expression too early is found
  /// here; condor_submit checks the rest.
  package static func expressionProblem(_ text: String) -> String? {
    if let problem = problem(text) { return problem }
    var depth: [Unicode.Scalar] = []
    var quote: Unicode.Scalar?
    var isEscaped = false
    for character in text.unicodeScalars {
      if isEscaped {
        isEscaped = false
      } else if let open = quote {
        if character == "\\" { isEscaped = true }
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if let close = closing[character] {
        depth.append(close)
      } else if closing.values.contains(character), depth.popLast() != character {
        return "it has a \"\(character)\" too many"
      }
    }
    if let quote { return "a string lacks its closing \(quote)" }
    if let open = depth.last { return "it lacks a \"\(open)\"" }
    return nil
  }

  private static let closing: [Unicode.Scalar: Unicode.Scalar] = ["(": ")", "[": "]", "{": "}"]

  /// A text as it is. Throws ``CampaignError`` where ``problem(_:)`` or two dollars in a row forbid it.
  static func plain(_ text: String) throws -> String {
    if let problem = problem(text) { throw unwritable(text, problem) }
    guard !text.utf8.isEmpty, text.utf8.first != 0x20, text.utf8.last != 0x20, text.utf8.first != 0x09,
      text.utf8.last != 0x09
    else { throw unwritable(text, "it is empty, or begins or ends with a blank") }
    return try escapingDollars(text)
  }

  /// A ClassAd string.
  static func string(_ text: String) throws -> String {
    if let problem = problem(text + " ") { throw unwritable(text, problem) }
    return try escapingDollars(ClassAdText.string(text))
  }

  /// A ClassAd expression. `$$(NAME)` is left to HTCondor: it is the field's way to ask for a machine's attributes.
  static func expression(_ text: String) throws -> String {
    if let problem = expressionProblem(text) { throw unwritable(text, problem) }
    return try escapingDollars(text, keepingMatches: true)
  }

  /// The value of `environment`, in its newer syntax.
  static func environment(_ variables: [JobSettings.Variable]) throws -> String {
    try list(variables.map { "\($0.name)=\($0.value)" })
  }

  /// The value of `arguments`, in its newer syntax.
  static func arguments(_ arguments: [String]) throws -> String { try list(arguments) }

  /// A text for people: what can't be written is left out.
  static func label(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "$", scalars.last == "$" { continue }
      scalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
    }
    while let last = scalars.last, last == " " || last == "\\" { scalars.removeLast() }
    while scalars.first == " " { scalars.removeFirst() }
    return String(scalars)
  }

  /// Words in double quotes, each in single ones where it needs them; both quotes are doubled.
  private static func list(_ arguments: [String]) throws -> String {
    let quoted = try arguments.map { word in
      if let problem = problem(word + " ") { throw unwritable(word, problem) }
      let text = doubling("\"", in: try escapingDollars(word))
      let isPlain = !word.isEmpty && !word.utf8.contains { $0 == 0x20 || $0 == 0x09 || $0 == 0x27 }
      return isPlain ? text : "'" + doubling("'", in: text) + "'"
    }
    return "\"" + quoted.joined(separator: " ") + "\""
  }

  // By scalars: a quote with an accent on it is one Character, and still a quote to everyone else.
  private static func doubling(_ quote: Unicode.Scalar, in text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == quote { result.append(quote) }
      result.append(scalar)
    }
    return String(result)
  }

  private static func escapingDollars(_ text: String, keepingMatches: Bool = false) throws -> String {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      let run = scalars[index...].prefix { $0 == "$" }.count
      switch run {
      case 0:
        result.append(scalars[index])
        index += 1
      case 1:
        result.append(contentsOf: "$(DOLLAR)".unicodeScalars)
        index += 1
      case 2 where keepingMatches && index + 2 < scalars.count && scalars[index + 2] == "(":
        result.append(contentsOf: "$$".unicodeScalars)
        index += 2
      default: throw unwritable(text, "HTCondor would replace what follows two dollar signs")
      }
    }
    return String(result)
  }

  private static func unwritable(_ text: String, _ problem: String) -> CampaignError {
    CampaignError(.badInput, "\"\(text)\" can't be written in a submit description: \(problem)")
  }
}
