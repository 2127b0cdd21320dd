import FoundationEssentials

/// Names for a test.
enum Names {
  /// Names as a list in the form of a JSON array, which can hold every name.
  static func list(_ names: [String]) throws -> [UInt8] { Array(try JSONEncoder().encode(names)) }
}

/// Two texts are the same name only when their bytes are: Swift takes `é` for `e` with an accent.
func same(_ left: String?, _ right: String?) -> Bool {
  switch (left, right) {
  case (let left?, let right?): left.utf8.elementsEqual(right.utf8)
  case (nil, nil): true
  default: false
  }
}
