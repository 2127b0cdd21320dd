/// Some of the routes of a run, in two bytes. All routes from the sixteenth on are one.
struct RouteSet: Sendable, Equatable {
  private(set) var bits: UInt16

  init(bits: UInt16 = 0) { self.bits = bits }

  var isEmpty: Bool { bits == 0 }

  func contains(_ route: Int) -> Bool { bits & Self.bit(route) != 0 }

  mutating func insert(_ route: Int) { bits |= Self.bit(route) }

  mutating func remove(_ route: Int) { bits &= ~Self.bit(route) }

  private static func bit(_ route: Int) -> UInt16 { 1 << UInt16(min(max(0, route), 15)) }
}
