import Deletion

/// What a connection is given to do, and what it hands back.
extension XRootWork {
  /// What is removed. What turns out to be something else stays.
  enum Subject: Sendable, Equatable {
    case files
    /// By `kXR_rmdir`, which fails where anything is in the directory. XRootD 5.5.3 calls it a success where nothing is
    /// there; that too is known by the look.
    case emptyDirectories
  }

  /// What is to be done with a path.
  enum Stage: Sendable, Equatable {
    /// Look, then remove.
    case whole
    /// Look only.
    case look
    /// Remove what was looked at before.
    case remove
  }

  /// One file.
  struct Item: Sendable, Equatable {
    /// With parameters, where there are some.
    let path: [UInt8]
    let stage: Stage
  }

  /// What became of one file.
  enum Outcome: Sendable, Equatable {
    case answered(Answer)
    /// For ``Stage/look``: it is there and what is to be removed.
    case isThere
    /// Another server has to be asked, for the request of this stage: `look` or `remove`.
    case redirected(XRootRedirect, at: Stage)
  }

  /// Follows the items; see ``CallWatch``.
  struct Watch: Sendable {
    /// Whether a removal may be sent.
    var begin: @Sendable (Int) -> Bool
    /// Hears of an answer.
    var answered: @Sendable (Int, Answer) -> Void
  }
}
