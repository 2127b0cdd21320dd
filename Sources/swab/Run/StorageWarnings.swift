import Deletion

/// What a run has to say of storage that was ill, or that may be the wrong one.
enum StorageWarnings {
  /// One line each.
  static func texts(_ totals: RunTotals) -> [String] {
    totals.storage.flatMap { door -> [String] in
      var texts: [String] = []
      if door.isOpen {
        texts.append(
          "\(door.endpoint) failed too often and was left alone: \(door.counts[.notAttempted]) files were not attempted there"
        )
      }
      if door.isSuspect {
        texts.append(
          "\(door.endpoint): \(door.counts[.absent]) of \(door.counts.gone + door.counts[.failed]) files were not there; where they were expected, look at the prefix in the site's catalog"
        )
      }
      return texts
    }
  }
}
