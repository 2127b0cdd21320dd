import Deletion

/// The files of a batch by their directories, which are opened once each.
struct FolderSorter {
  /// A directory and the files to unlink in it.
  struct Folder {
    let parent: ParentDirectory
    var files: [File]
  }

  /// A file, by its number in the batch.
  struct File {
    let index: Int
    /// Where its name begins in its path, in bytes.
    let nameStart: Int
  }

  /// In the order in which they came up.
  private(set) var folders: [Folder] = []
  private var known: [ParentDirectory: Int] = [:]
  /// The file before and its directory. Lists mostly name the files of a directory in a row: then no text is made.
  private var last: (target: DeletionTarget, parts: ParentDirectory.Parts, folder: Int)?

  /// Adds a file; false for what is not the path of a local file.
  mutating func add(_ index: Int, _ target: DeletionTarget) -> Bool {
    guard target.pfn.scheme == "file", let parts = ParentDirectory.parts(of: target) else { return false }
    let folder = folder(of: target, parts)
    folders[folder].files.append(File(index: index, nameStart: parts.folderEnd + 1))
    last = (target, parts, folder)
    return true
  }

  private mutating func folder(of target: DeletionTarget, _ parts: ParentDirectory.Parts) -> Int {
    if let last, last.parts == parts,
      ExactName.samePrefix(last.target.pfn.path, target.pfn.path, count: parts.folderEnd)
    {
      return last.folder
    }
    let parent = ParentDirectory(target.pfn.path, parts)
    if let folder = known[parent] { return folder }
    known[parent] = folders.count
    folders.append(Folder(parent: parent, files: []))
    return folders.count - 1
  }
}
