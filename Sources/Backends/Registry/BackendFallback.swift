import Deletion

extension BackendRegistry {
  /// What takes over from a backend on this machine: the first of its fallbacks whose tool is installed; nil where
  /// none is, or the backend never gives way.
  public func fallback(of name: String, search: ExecutableSearch) -> Entry? {
    fallbacks(of: name).first { $0.tool.map { search.find($0) != nil } ?? true }
  }

  /// The backend of an entry; one that may give way does so, an endpoint at a time.
  /// - Parameters:
  ///   - search: Where tools are looked for.
  ///   - onHandOver: Told once of each endpoint that the backend gives up, in one line.
  public func backend(
    _ entry: Entry, search: ExecutableSearch, onHandOver: @escaping @Sendable (String) -> Void
  ) -> any Backend {
    let backend = entry.make()
    guard BackendChoice.handOvers[entry.name] != nil else { return backend }
    let tools = fallbacks(of: entry.name).compactMap(\.tool)
    return HandingOver(backend, to: fallback(of: entry.name, search: search)?.make()) { notice in
      onHandOver(Self.text(notice, from: entry.name, tools))
    }
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
