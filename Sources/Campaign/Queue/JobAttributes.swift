import CondorJob
import FoundationEssentials

/// Attributes of a job's ad, as `condor_q -json` prints them. Undefined ones are left out there, expressions come as
/// the string `"\/Expr(…)\/"`; what is neither text, number nor truth is left out here.
package struct JobAttributes: Sendable, Equatable, Decodable {
  private var values: [String: JobAd.Value] = [:]
  /// The names as they were written, in order.
  package private(set) var names: [String] = []

  /// None.
  package init() {}

  /// The value of an attribute, whatever case its name is written in; nil if it is not there.
  package subscript(name: String) -> JobAd.Value? {
    get { values[name.lowercased()] }
    set {
      if values.updateValue(newValue ?? .undefined, forKey: name.lowercased()) == nil { names.append(name) }
    }
  }

  /// The attribute's text, if it is one and not empty.
  package func string(_ name: String) -> String? {
    if case .string(let text) = self[name], !text.isEmpty { text } else { nil }
  }

  /// The attribute's value, if it is a whole number, or one with nothing behind its point.
  package func integer(_ name: String) -> Int? {
    switch self[name] {
    case .integer(let number): number
    case .real(let number): Int(exactly: number)
    default: nil
    }
  }

  /// The attribute's value, if it is a number.
  package func number(_ name: String) -> Double? {
    switch self[name] {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: nil
    }
  }

  /// The attribute's value, if it is true or false.
  package func boolean(_ name: String) -> Bool? {
    if case .boolean(let value) = self[name] { value } else { nil }
  }

  /// Reads an answer of condor_q or condor_history: an array of ads, or nothing at all where no job matches.
  ///
  /// - Parameter tool: who gave it, for the message.
  /// - Throws: ``CampaignError`` for what is no such answer.
  package static func list(json: [UInt8], from tool: String) throws -> [JobAttributes] {
    guard json.contains(where: { $0 > 0x20 }) else { return [] }
    do {
      // A hold reason may have a path or a message in another encoding; JSON has none but UTF-8.
      let text = json.allSatisfy { $0 < 0x80 } ? json : Array(String(decoding: json, as: UTF8.self).utf8)
      return try JSONDecoder().decode([JobAttributes].self, from: Data(text))
    } catch let error as DecodingError {
      throw CampaignError(.internalError, "the answer of \(tool): \(error.problem(with: "array of job ads"))")
    }
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads one ad.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
      if let number = try? container.decode(Int.self, forKey: key) {
        self[key.stringValue] = .integer(number)
      } else if let number = try? container.decode(Double.self, forKey: key) {
        self[key.stringValue] = .real(number)
      } else if let value = try? container.decode(Bool.self, forKey: key) {
        self[key.stringValue] = .boolean(value)
      } else if let text = try? container.decode(String.self, forKey: key) {
        self[key.stringValue] = Self.textOrExpression(text)
      }
    }
  }

  private static func textOrExpression(_ text: String) -> JobAd.Value {
    guard text.hasPrefix("/Expr("), text.hasSuffix(")/") else { return .string(text) }
    return .expression(String(text.dropFirst("/Expr(".count).dropLast(2)))
  }
}
