import DeletionModel

/// What the names of a list have in common: the one name, or the directory that all lie in.
package struct CommonPath: Sendable {
  private let allowed: AllowedRoots
  private var bytes: [UInt8] = []
  private var isSingle = true

  /// Nothing yet. What is not below an allowed root is refused, and so not looked at.
  package init(below allowed: AllowedRoots) { self.allowed = allowed }

  /// Adds a name.
  package mutating func add(_ lfn: String) {
    guard allowed.contain(lfn: lfn) else { return }
    if bytes.isEmpty {
      bytes = Array(lfn.utf8)
      return
    }
    if isSingle {
      if lfn.utf8.elementsEqual(bytes) { return }
      isSingle = false
      cut()
    }
    while !lfn.utf8.starts(with: bytes) { cut() }
  }

  /// To the directory above; its slash stays.
  private mutating func cut() {
    if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    while let last = bytes.last, last != UInt8(ascii: "/") { bytes.removeLast() }
  }

  /// A name that can be mapped as all the others can: the one that there is, or one that is not there in the directory
  /// of all of them. Nil where there is none.
  package var probe: String? {
    guard !bytes.isEmpty else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return isSingle ? text : text + AllowedRoots.probeName
  }
}
