import Deletion

/// Which server has to be asked what, for the files of one call. Pure: outcomes in, parcels out.
///
/// A server that only knows where files are (a redirector) sends both the look and the removal on to another, and
/// need not choose the same one for both. So a removal is always asked of the server that the PFN names, and where
/// it is sent on, the file is looked at there before it is removed there.
struct XRootRouting {
  /// What is asked of one server in one round.
  struct Parcel {
    let server: XRootServer
    /// Whether this server was named by a server that might have been an impostor.
    let isTrusted: Bool
    /// The files, as places in the call.
    let files: [Int]
    let items: [XRootWork.Item]
  }

  private struct File {
    let path: [UInt8]
    let hasOpaque: Bool
    /// Where a look found it to be no directory, other than at the origin.
    var lookedAt: XRootServer?
    var redirects = 0
  }

  private struct Place: Hashable {
    let server: XRootServer
    let isTrusted: Bool
  }

  /// More redirects than this are a loop. Federations have three levels, asked for look and removal.
  static let redirectLimit = 12

  private let origin: XRootServer
  private var files: [File]
  private var answers: [Answer?]
  private var waiting: [Place: [(file: Int, item: XRootWork.Item)]] = [:]
  private var order: [Place] = []

  /// - Parameter paths: as they go to the server, all different.
  init(origin: XRootServer, paths: [[UInt8]]) {
    self.origin = origin
    files = paths.map { File(path: $0, hasOpaque: $0.contains(UInt8(ascii: "?"))) }
    answers = Array(repeating: nil, count: paths.count)
    for (index, path) in paths.enumerated() {
      add(index, XRootWork.Item(path: path, stage: .whole), at: Place(server: origin, isTrusted: true))
    }
  }

  /// What can be asked now; empty at the end.
  mutating func nextRound() -> [Parcel] {
    defer {
      waiting = [:]
      order = []
    }
    return order.map { place in
      let entries = waiting[place] ?? []
      return Parcel(
        server: place.server, isTrusted: place.isTrusted, files: entries.map(\.file),
        items: entries.map(\.item))
    }
  }

  /// Takes what a server said. `isSecure`: under TLS, so that it was the server that said it.
  mutating func take(_ parcel: Parcel, _ outcomes: [XRootWork.Outcome], isSecure: Bool) {
    for ((file, item), outcome) in zip(zip(parcel.files, parcel.items), outcomes) {
      switch outcome {
      case .answered(let answer): answers[file] = answer
      case .isThere:
        files[file].lookedAt = parcel.server
        add(
          file, XRootWork.Item(path: files[file].path, stage: .remove),
          at: Place(server: origin, isTrusted: true))
      case .redirected(let redirect, let stage):
        follow(redirect, file, item, stage, from: parcel, isSecure: isSecure)
      }
    }
  }

  /// Takes an answer for all files of a parcel.
  mutating func take(_ parcel: Parcel, all kind: Answer.Kind) {
    for file in parcel.files { answers[file] = Answer(kind) }
  }

  /// The server itself, and not a file's request, was redirected.
  mutating func take(_ parcel: Parcel, redirect: XRootRedirect, isSecure: Bool) {
    for (file, item) in zip(parcel.files, parcel.items) {
      follow(redirect, file, item, item.stage, from: parcel, isSecure: isSecure)
    }
  }

  /// The answers, once there is no further round.
  func results() -> [Answer] { answers.map { $0 ?? Answer(.failed(.notTried)) } }

  private mutating func follow(
    _ redirect: XRootRedirect, _ file: Int, _ item: XRootWork.Item, _ stage: XRootWork.Stage,
    from parcel: Parcel, isSecure: Bool
  ) {
    files[file].redirects += 1
    guard files[file].redirects <= Self.redirectLimit else {
      answers[file] = Answer(
        .failed(
          DeletionError(
            .transient, code: "redirect", message: "redirected more than \(Self.redirectLimit) times")))
      return
    }
    let target = XRootServer(address: redirect.address, requiresTLS: origin.requiresTLS)
    let isTrusted =
      parcel.isTrusted && (isSecure || target.address.host == parcel.server.address.host)
    var path = item.path
    if !redirect.opaque.isEmpty {
      let opaque = redirect.opaque.utf8.drop { $0 == UInt8(ascii: "&") }
      path.append(path.contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?"))
      path += Array(opaque)
    }
    // Looked at there already, or looked at on the way: only the rest is asked.
    let next: XRootWork.Stage
    switch stage {
    case .look: next = .look
    case .remove: next = files[file].lookedAt == target ? .remove : .whole
    case .whole: next = .whole
    }
    add(
      file, XRootWork.Item(path: path, stage: next), at: Place(server: target, isTrusted: isTrusted))
  }

  private mutating func add(_ file: Int, _ item: XRootWork.Item, at place: Place) {
    if waiting[place] == nil { order.append(place) }
    waiting[place, default: []].append((file, item))
  }
}
