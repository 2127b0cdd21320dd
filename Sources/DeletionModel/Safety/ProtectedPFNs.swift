import SiteConf
import Synchronization

/// Where one stage-out entry has what is protected: two names can lead to one place, where a rule drops a component,
/// and what is protected by one of them must not go by the other.
///
/// A protected directory need not have a place of its own: a rule may fit only files, or only files so many levels
/// below. So its place is found with files that could be in it: first with plain names, then, for each new kind of listed
/// name (its depth and its extension), with the end of that name.
package final class ProtectedPFNs: Sendable {
  private struct State {
    var paths = PathTree()
    var triedKinds: Set<UInt64> = []
  }

  private let entries: [String]
  private let map: @Sendable (String) -> MappingResult
  private let state: Mutex<State>

  /// File names that no rule for files in general leaves out.
  private static let probes = [AllowedRoots.probeName, AllowedRoots.probeName + ".root"]
  /// Kinds of names beyond these are not tried: a list that has so many is no list of CMS files.
  private static let kindLimit = 256

  /// - Parameters:
  ///   - entries: the protected LFNs, files and directories.
  ///   - map: LFN to PFN, as the stage-out entry has it.
  package init(_ entries: [String], map: @escaping @Sendable (String) -> MappingResult) {
    self.entries = entries
    self.map = map
    var state = State()
    for entry in entries {
      if case .pfn(let text) = map(entry), let pfn = PFN(text) { state.paths.insert(pfn.storagePath) }
      for probe in Self.probes { Self.insertDirectory(entry, holding: probe[...], map, &state.paths) }
    }
    self.state = Mutex(state)
  }

  /// How the storage path of a listed file stands to what is protected; nil where it has nothing to do with it.
  package func relation(of path: String, for lfn: String) -> PathTree.Relation? {
    if entries.isEmpty { return nil }
    return state.withLock { state in
      tryKind(of: lfn, &state)
      return state.paths.relation(of: path)
    }
  }

  private func tryKind(of lfn: String, _ state: inout State) {
    guard state.triedKinds.count < Self.kindLimit, state.triedKinds.insert(Self.kind(of: lfn)).inserted else {
      return
    }
    let components = lfn.split(separator: "/")
    for entry in entries {
      for count in 1...max(1, components.count) {
        let end = components.suffix(count).joined(separator: "/")
        if Self.insertDirectory(entry, holding: end[...], map, &state.paths) { break }
      }
    }
  }

  /// The depth of a name and the hash of its extension, from the last point on.
  private static func kind(of lfn: String) -> UInt64 {
    var lfn = lfn
    return lfn.withUTF8 { bytes in
      var depth: UInt64 = 0
      var hash: UInt64 = 0
      for byte in bytes {
        if byte == UInt8(ascii: "/") { (depth, hash) = (depth + 1, 0) }
        if byte == UInt8(ascii: ".") { hash = 1 }
        if hash > 0 { hash = hash &* 31 &+ UInt64(byte) }
      }
      return depth << 48 | hash & 0xffff_ffff_ffff
    }
  }

  /// Notes where a directory is that holds a file: the place of the file without what both names end in.
  @discardableResult
  private static func insertDirectory(
    _ directory: String, holding file: Substring, _ map: (String) -> MappingResult, _ paths: inout PathTree
  ) -> Bool {
    guard case .pfn(let text) = map("\(directory)/\(file)"), let pfn = PFN(text) else { return false }
    var components = pfn.storagePath.utf8.split(separator: UInt8(ascii: "/"))
    for component in file.utf8.split(separator: UInt8(ascii: "/")).reversed() {
      guard let last = components.last, last.elementsEqual(component) else { break }
      components.removeLast()
    }
    // A place at the very top would protect everything; the rules for PFNs refuse what is there.
    guard !components.isEmpty else { return true }
    paths.insert("/" + String(decoding: Array(components.joined(separator: "/".utf8)), as: UTF8.self))
    return true
  }
}
