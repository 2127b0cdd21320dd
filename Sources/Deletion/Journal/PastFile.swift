/// What earlier runs have left of a file that is not settled.
struct PastFile: Sendable {
  /// What the last of them said of it. A deletion means that the site has it elsewhere since then.
  var record: FileRecord?
  /// Where it may have been deleted without anyone saying so.
  var mayBeGoneAt = RouteSet()
}
