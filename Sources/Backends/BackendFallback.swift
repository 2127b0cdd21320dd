import BackendDCacheBulk
import BackendWebDAV
import DeletionModel
import ProcessRunning

extension BackendRegistry {
  /// What takes over from a backend on this machine: the first of its fallbacks whose tool is installed; nil where
  /// none is, or the backend never gives way.
  package func fallback(of name: String, search: ExecutableSearch) -> Entry? {
    fallbacks(of: name).first { $0.tool.map { search.find($0) != nil } ?? true }
  }

  /// The backend of an entry; one that may give way does so, an endpoint at a time.
  /// - Parameters:
  ///   - search: Where tools are looked for.
  ///   - onHandOver: Told once of each endpoint that the backend gives up, in one line.
  package func backend(
    _ entry: Entry, search: ExecutableSearch, onHandOver: @escaping @Sendable (String) -> Void
  ) -> any Backend {
    let backend = entry.make()
    guard BackendChoice.handOvers[entry.name] != nil else { return backend }
    let tools = fallbacks(of: entry.name).compactMap(\.tool)
    return HandingOver(backend, to: fallback(of: entry.name, search: search)?.make()) { notice in
      onHandOver(Self.text(notice, from: entry.name, tools))
    }
  }

  /// Asks doors for their frontends of dCache's bulk service, unless one was named, and from then on uses each that answers
  /// like one. Returns when all have answered, or were too slow.
  /// - Parameter doors: endpoints that `webdav` would be used at.
  package func findFrontends(of doors: Set<String>) async {
    await (self[DCacheBulkBackend.name]?.make() as? DCacheBulkBackend)?.discover(doors)
  }

  /// The entry to use at an endpoint in the place of the one that its scheme leads to.
  /// - Parameter frontends: which doors have a frontend of dCache's bulk service.
  package func entry(_ entry: Entry, at endpoint: String, _ frontends: DCacheFrontends) -> Entry {
    guard entry.name == WebDAVBackend.name, frontends[door: endpoint] != nil else { return entry }
    return self[DCacheBulkBackend.name] ?? entry
  }

  /// The backends that can take over from one, in order.
  private func fallbacks(of name: String) -> [Entry] {
    BackendChoice.handOvers[name]?.fallbacks.compactMap { self[$0] } ?? []
  }

  private static func text(_ notice: HandingOver.Notice, from name: String, _ tools: [String]) -> String {
    let end =
      notice.fallback.map { "handed over from \(name) to \($0)" }
      ?? "\(tools.joined(separator: " or ")) could do it; none is installed here"
    return "\(notice.endpoint): \(notice.reason); \(end)"
  }
}
