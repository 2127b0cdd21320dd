import TestSupport
import Testing

/// Every seed, every input that once broke something, and small changes of each; the long search is `make fuzz`.
@Suite struct FuzzTests {
  private static let directory = Repository.root + "/Tests/FuzzTests/Seeds"

  private static func files(below directory: String) -> [String] {
    Disk.tree(directory).filter { !$0.hasSuffix("/") }.map { directory + "/" + $0 }
  }

  @Test("parsers come back, and say only what is true", arguments: FuzzTarget.all.map(\.name))
  func seeds(_ name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let files =
      Self.files(below: Self.directory + "/" + name)
      + Self.files(below: Repository.root + "/Fixtures").filter { path in
        target.fixtures.contains { path.hasSuffix($0) }
      }
    #expect(!files.isEmpty, "no seed in \(Self.directory)/\(name)")
    var random = Mutations(seed: 1)
    for file in files {
      let seed = Disk.bytes(file)
      target.run(seed)
      for _ in 0..<200 { target.run(random.change(seed)) }
    }
  }

  @Test("every directory of seeds belongs to a parser") func directories() {
    let names = Set(FuzzTarget.all.map(\.name))
    for file in Self.files(below: Self.directory) {
      let parts = file.dropFirst(Self.directory.count + 1).split(separator: "/")
      #expect(parts.first.map { names.contains(String($0)) } == true, "\(file)")
    }
  }
}

/// Small changes of bytes, the same ones every time.
private struct Mutations {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  private mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
  }

  mutating func change(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...next(4) {
      let position = next(bytes.count + 1)
      switch next(5) {
      case 0: bytes.insert(UInt8(next(256)), at: position)
      case 1 where position < bytes.count: bytes[position] = UInt8(next(256))
      case 2 where position < bytes.count: bytes[position] ^= 1 << UInt8(next(8))
      case 3: bytes = Array(bytes[..<position])
      default:
        let end = min(bytes.count, position + next(20))
        bytes.insert(contentsOf: Array(bytes[position..<end]), at: next(bytes.count + 1))
      }
    }
    return bytes
  }
}
