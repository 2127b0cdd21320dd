/// Numbers that are the same each time.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Lists with directories of all sizes, odd names, names that begin alike, and repetitions.
enum RandomLists {
  /// Names that anything else but bytes would trip over.
  static let odd = [
    "a b", "it's", "\"q\"", "x,y", "$(HOME)", "100%", "%2F", "é", "e\u{301}", "a=b", "<x>", "{y}", "~", "-",
    "z\\z", "#1",
  ]

  /// The directory of an LFN.
  static func directory(_ lfn: String) -> Substring { lfn[..<(lfn.lastIndex(of: "/") ?? lfn.startIndex)] }

  /// A list in no order, with `repeats` of its names twice.
  static func list(_ seed: UInt64, files: Int, repeats: Int = 0) -> [String] {
    var numbers = SeededNumbers(seed)
    var names: Set<[UInt8]> = []
    while names.count < files {
      var path = "/store/unmerged"
      for _ in 0..<Int.random(in: 0...3, using: &numbers) {
        path += "/" + (Bool.random(using: &numbers) ? "d" : odd.randomElement(using: &numbers) ?? "d")
        if Int.random(in: 0..<4, using: &numbers) == 0 { path += "\(Int.random(in: 0..<5, using: &numbers))" }
      }
      for _ in 0..<Int.random(in: 1...40, using: &numbers) where names.count < files {
        let stem = Bool.random(using: &numbers) ? "f" : odd.randomElement(using: &numbers) ?? "f"
        names.insert(Array("\(path)/\(stem)\(Int.random(in: 0..<100_000, using: &numbers)).root".utf8))
      }
    }
    // Sets have another order in each process.
    var list = names.map { String(decoding: $0, as: UTF8.self) }.sorted {
      Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
    }
    for _ in 0..<repeats { list.append(list[Int.random(in: 0..<files, using: &numbers)]) }
    list.shuffle(using: &numbers)
    return list
  }
}
