import Credentials
import DeletionModel
import Networking
import Synchronization

/// Where dCache's bulk service is asked: the REST frontend of a dCache.
package struct DCacheFrontend: Sendable, Equatable {
  /// Why a text is no frontend, in a few words.
  package struct ParseError: Error, Equatable {
    package let text: String
  }

  /// The server.
  package let origin: WebOrigin
  /// The path of the service, such as `/api/v1/bulk-requests`.
  let path: String
  /// Whether a person has named it; then it may be shown what its doors are shown, wherever it is.
  let isNamed: Bool

  /// Takes what a person has written: the URL of the server, of its API or of the service.
  package init(_ text: String) throws(ParseError) {
    guard let url = PFN(text.hasSuffix("/") ? text : text + "/"), url.opaque == nil,
      ["https", "http"].contains(url.scheme),
      let origin = WebOrigin(scheme: url.scheme, authority: url.authority)
    else { throw ParseError(text: "not a URL such as https://frontend.site.org:3880") }
    var parts = url.path.split(separator: "/").map(String.init)
    guard parts.allSatisfy({ $0.utf8.allSatisfy(Self.isPlain) }) else {
      throw ParseError(text: "a path with characters that no frontend has in it")
    }
    if parts.last == "bulk-requests" { parts.removeLast() }
    self.init(origin: origin, api: parts.isEmpty ? ["api", "v1"] : parts, isNamed: true)
  }

  /// Takes what a door says of its tape API (WLCG Tape REST API, section 3): in dCache both are services of one frontend.
  init?(tapeURI text: String) {
    guard let url = PFN(text), url.scheme == "https", url.opaque == nil,
      let origin = WebOrigin(scheme: url.scheme, authority: url.authority)
    else { return nil }
    let parts = url.path.split(separator: "/").map(String.init)
    guard parts == ["api", "v1", "tape"] else { return nil }
    self.init(origin: origin, api: ["api", "v1"], isNamed: false)
  }

  private init(origin: WebOrigin, api: [String], isNamed: Bool) {
    self.origin = origin
    self.isNamed = isNamed
    path = "/" + (api + ["bulk-requests"]).joined(separator: "/")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || "-._".utf8.contains(byte)
  }
}

/// Which doors have a frontend that their files are deleted through.
package final class DCacheFrontends: Sendable {
  private struct State {
    var named: DCacheFrontend?
    var found: [String: DCacheFrontend] = [:]
  }

  private let state = Mutex(State())

  /// Knows none.
  package init() {}

  /// Has this one used for every door of its own domain.
  package func use(_ frontend: DCacheFrontend) { state.withLock { $0.named = frontend } }

  /// Has this one used for a door.
  func use(_ frontend: DCacheFrontend, for door: String) { state.withLock { $0.found[door] = frontend } }

  /// Whether no door needs to be asked for its frontend, as a person has named it.
  package var isNamed: Bool { state.withLock { $0.named != nil } }

  /// The frontend of a door, by its endpoint `davs://host:port`; nil where none is known.
  package subscript(door door: String) -> DCacheFrontend? {
    state.withLock { state in
      if let found = state.found[door] { return found }
      guard let named = state.named, let origin = WebOrigin(endpoint: door),
        StorageDomain.isSame(named.origin.host, origin.host)
      else { return nil }
      state.found[door] = named
      return named
    }
  }
}
