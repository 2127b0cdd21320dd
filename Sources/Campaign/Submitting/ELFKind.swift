/// What kind of executable a file is.
enum ELFKind: Sendable, Equatable {
  /// None.
  case none
  /// It names an interpreter, which loads its libraries.
  case dynamic
  /// It needs nothing else.
  case `static`

  /// By its program headers (ELF-64, little endian: what all pools run).
  static func of(_ path: String) throws -> ELFKind {
    let head = try PayloadFiles.bytes(path, 64 * 1024)
    guard head.count > 64, head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return .none }
    guard head[4] == 2, head[5] == 1 else { return .dynamic }
    func number(_ offset: Int, _ bytes: Int) -> Int {
      (0..<bytes).reversed().reduce(0) {
        offset + $1 < head.count ? $0 << 8 | Int(head[offset + $1]) : 0
      }
    }
    let start = number(32, 4)
    let size = number(54, 2)
    for index in 0..<number(56, 2) {
      // PT_INTERP
      if number(start + index * size, 4) == 3 { return .dynamic }
    }
    return .static
  }
}
