import FoundationEssentials
import JobReports
import Testing

/// The model of a report and its schema say the same: the model is decoded from the schema itself.
@Suite("A report's model and its schema")
struct ReportModelTests {
  /// What is written for people and for WMCore, and not read back.
  static let unread: Set<String> = [
    "files", "steps", "summary.filesPerSecond", "summary.latency.p50", "summary.latency.p90",
    "summary.latency.p99", "storage.latency.p50", "storage.latency.p90", "storage.latency.p99",
    "errors.wmcoreExitCode", "job.condor.attempt", "job.condor.schedd", "job.condor.site", "job.condor.slot",
  ]

  @Test func `every member is in the schema, with its type, and required where the model needs it`() throws {
    let schema = try JSONDecoder().decode(Node.self, from: Data(JobReportSchema.text.utf8))
    let walk = SchemaWalk(schema, schema, "")
    _ = try JobReport(from: walk)
    #expect(walk.problems.isEmpty, "\(walk.problems.joined(separator: "; "))")
    #expect(walk.notRead == Self.unread)
  }

  @Test func `the same of a file, but for what WMCore reads`() throws {
    let schema = try JSONDecoder().decode(Node.self, from: Data(JobReportSchema.text.utf8))
    let file = try #require(schema["$defs"]?["file"])
    let walk = SchemaWalk(file, schema, "")
    _ = try JobReport.File(from: walk)
    #expect(walk.problems.isEmpty, "\(walk.problems.joined(separator: "; "))")
    #expect(walk.notRead == ["error.wmcoreExitCode"] || walk.notRead.isEmpty, "\(walk.notRead)")
  }

  @Test func `what does not fit is seen`() throws {
    let text = #"{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "d": {}}}"#
    struct Model: Decodable { var a: String; var b: Int?; var c: Int }
    let schema = try JSONDecoder().decode(Node.self, from: Data(text.utf8))
    let walk = SchemaWalk(schema, schema, "")
    _ = try Model(from: walk)
    #expect(walk.problems == ["a is no string", "b is not in it", "c is not in it", "c is not required"])
    #expect(walk.notRead == ["d"])
  }
}

/// JSON of any form.
private indirect enum Node: Decodable {
  case object([String: Node]), array([Node]), text(String), other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let object = try? container.decode([String: Node].self) {
      self = .object(object)
    } else if let array = try? container.decode([Node].self) {
      self = .array(array)
    } else {
      self = (try? container.decode(String.self)).map(Node.text) ?? .other
    }
  }

  subscript(key: String) -> Node? { if case .object(let members) = self { members[key] } else { nil } }
  var texts: [String] {
    switch self {
    case .text(let text): [text]
    case .array(let items): items.flatMap(\.texts)
    case .object, .other: []
    }
  }
  var members: [Node] { if case .array(let items) = self { items } else { [] } }
  var names: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
}

/// Gives a model values that its schema allows, and writes down where the two differ.
private final class SchemaWalk: Decoder {
  private let node: Node
  private let root: Node
  private let path: String
  private let parent: SchemaWalk?
  private(set) var problems: [String] = []
  private(set) var notRead: Set<String> = []
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init(_ node: Node, _ root: Node, _ path: String, parent: SchemaWalk? = nil) {
    self.root = root
    self.path = path
    self.parent = parent
    self.node = Self.resolved(node, root)
  }

  private static func resolved(_ node: Node, _ root: Node) -> Node {
    if let name = node["$ref"]?.texts.first?.split(separator: "/").last {
      return root["$defs"]?[String(name)].map { resolved($0, root) } ?? node
    }
    return node["oneOf"]?.members.first.map { resolved($0, root) } ?? node
  }

  private var types: [String] { node["type"]?.texts ?? [] }

  private func report(_ problem: String) {
    if let parent { parent.report(problem) } else { problems.append(problem) }
  }

  private func skip(_ name: String) {
    if let parent { parent.skip(name) } else { notRead.insert(name) }
  }

  private func child(_ node: Node?, _ name: String) -> SchemaWalk {
    SchemaWalk(node ?? .other, root, path.isEmpty ? name : "\(path).\(name)", parent: self)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Members<Key>(walk: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { Items(walk: self) }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { Value(walk: self) }

  /// A text that is allowed here.
  func text() -> String {
    let allowed = (node["enum"] ?? node["const"])?.texts ?? []
    if !types.contains("string"), allowed.isEmpty { report("\(path) is no string") }
    return allowed.first ?? ""
  }

  func check(_ names: Set<String>, _ what: String) {
    if names.isDisjoint(with: types) { report("\(path) is no \(what)") }
  }

  private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let walk: SchemaWalk
    let reader: Reader
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { walk.node["properties"]?.names.compactMap(Key.init(stringValue:)) ?? [] }

    /// Says at its end what has not been asked for.
    final class Reader {
      let walk: SchemaWalk
      var asked: Set<String> = []
      var optional: Set<String> = []
      init(_ walk: SchemaWalk) { self.walk = walk }
      deinit {
        for name in (walk.node["properties"]?.names ?? []).subtracting(asked) {
          walk.skip(walk.path.isEmpty ? name : "\(walk.path).\(name)")
        }
      }
    }

    init(walk: SchemaWalk) {
      self.walk = walk
      reader = Reader(walk)
    }

    /// Only what is optional is asked for like this.
    func contains(_ key: Key) -> Bool {
      reader.optional.insert(key.stringValue)
      return true
    }

    func decodeNil(forKey key: Key) throws -> Bool { false }

    private func value(_ key: Key) -> SchemaWalk {
      let name = key.stringValue
      reader.asked.insert(name)
      let node = walk.node["properties"]?[name]
      let child = walk.child(node, name)
      // An object without members is any.
      if walk.node["properties"] != nil {
        if node == nil { walk.report("\(child.path) is not in it") }
        if !reader.optional.contains(name), !(walk.node["required"]?.texts.contains(name) ?? false) {
          walk.report("\(child.path) is not required")
        }
      }
      return child
    }

    private func checked(_ key: Key, _ names: Set<String>, _ what: String) {
      let child = value(key)
      if !child.types.isEmpty { child.check(names, what) }
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
      checked(key, ["boolean"], "boolean")
      return false
    }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
      let child = value(key)
      return walk.node["properties"]?[key.stringValue] == nil ? "" : child.text()
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
      checked(key, ["number"], "number")
      return 0
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
      checked(key, ["integer"], "integer")
      return 0
    }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
      checked(key, ["integer"], "integer")
      return 0
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: value(key)) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws
      -> KeyedDecodingContainer<NestedKey>
    {
      try value(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try value(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { walk }
    func superDecoder(forKey key: Key) throws -> any Decoder { value(key) }
  }

  /// One element of an array.
  private struct Items: UnkeyedDecodingContainer {
    let walk: SchemaWalk
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex == 1 }
    var currentIndex = 0

    init(walk: SchemaWalk) {
      self.walk = walk
      walk.check(["array"], "array")
    }

    private mutating func next() -> SchemaWalk {
      currentIndex = 1
      return SchemaWalk(walk.node["items"] ?? .other, walk.root, walk.path, parent: walk)
    }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: next()) }
    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) throws
      -> KeyedDecodingContainer<NestedKey>
    {
      try next().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try next().unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder { next() }
  }

  private struct Value: SingleValueDecodingContainer {
    let walk: SchemaWalk
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool {
      walk.check(["boolean"], "boolean")
      return false
    }
    func decode(_ type: String.Type) throws -> String { walk.text() }
    func decode(_ type: Double.Type) throws -> Double {
      walk.check(["number"], "number")
      return 0
    }
    func decode(_ type: Int.Type) throws -> Int {
      walk.check(["integer"], "integer")
      return 0
    }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: walk) }
  }
}
