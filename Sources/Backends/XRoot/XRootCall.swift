import Deletion
import Glibc

/// The files of one call at one endpoint. A name that is listed twice is asked for once.
struct XRootCall {
  let endpoint: String
  let server: XRootServer
  private(set) var paths: [[UInt8]] = []
  /// For each file of the call, its place in ``paths``; and its place in the list that the caller gave.
  private var members: [(place: Int, index: Int)] = []
  private var known: [ExactName: Int] = [:]
  /// For each of ``paths``, the first place in the caller's list.
  private var firsts: [Int] = []
  private let watched = CallWatch.current

  init(endpoint: String, pfn: PFN, isSecure: Bool) throws(InexactName) {
    self.endpoint = endpoint
    do throws(EndpointAddress.Flaw) {
      let address = try EndpointAddress(scheme: "root", authority: pfn.authority)
      server = XRootServer(address: address, requiresTLS: isSecure)
    } catch {
      throw InexactName(reason: "the host in the PFN cannot be read: \(error.text)")
    }
  }

  mutating func add(_ path: String, _ index: Int) {
    let name = ExactName(path)
    if let place = known[name] {
      members.append((place, index))
      return
    }
    known[name] = paths.count
    members.append((paths.count, index))
    firsts.append(index)
    paths.append(Array(path.utf8))
  }

  /// What follows the files at these places of ``paths``.
  func watch(_ places: [Int]) -> XRootWork.Watch? {
    watched.map { watched in
      let indices = places.map { firsts[$0] }
      return XRootWork.Watch(
        begin: { watched.begin(indices[$0]) }, answered: { watched.answered(indices[$0], $1) })
    }
  }

  /// The answers to the different names, for every place in the caller's list. What was deleted is absent where
  /// it is listed again.
  func aligned(_ answers: [Answer]) -> [(Int, Answer)] {
    var used: Set<Int> = []
    return members.map { member in
      guard answers.indices.contains(member.place) else { return (member.index, Answer(.failed(.notTried))) }
      let answer = answers[member.place]
      let isFirst = used.insert(member.place).inserted
      return (member.index, !isFirst && answer.kind == .deleted ? Answer(.absent) : answer)
    }
  }
}

/// The number of this process.
enum ProcessNumber {
  static var current: Int32 { getpid() }
}
