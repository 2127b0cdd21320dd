/// A parser that is fed with anything: it must come back, and what it says must be true of what it was given.
struct FuzzTarget: Sendable {
  /// As on the command line, and the directory of its seeds.
  let name: String
  /// Files of the project that make good seeds, by the end of their names.
  let fixtures: [String]
  /// What is done with the bytes.
  let run: @Sendable ([UInt8]) -> Void

  init(_ name: String, fixtures: [String] = [], run: @escaping @Sendable ([UInt8]) -> Void) {
    self.name = name
    self.fixtures = fixtures
    self.run = run
  }

  /// All of them.
  static let all: [FuzzTarget] = siteConf + lists + credentials + answers + frames + campaigns

  /// The one of a name.
  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Ends the process where something that must hold does not: what a fuzzer looks for.
func demand(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { preconditionFailure(what()) }
}

extension Array where Element == UInt8 {
  /// The pieces between zero bytes, at most so many; the last takes the rest. Missing ones are empty.
  func pieces(_ count: Int) -> [[UInt8]] {
    var pieces = split(separator: 0, maxSplits: count - 1, omittingEmptySubsequences: false).map(Array.init)
    while pieces.count < count { pieces.append([]) }
    return pieces
  }

  var text: String { String(decoding: self, as: UTF8.self) }
}
