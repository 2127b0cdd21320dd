/// How many files a job gets.
package enum FilesPerJob {
  /// The most that may be asked for: a job's list is put together in memory.
  package static let limit = 100_000

  /// What `auto` means for a campaign of so many files.
  ///
  /// 5,000 files take a job minutes where storage deletes some hundred a second, and some eight minutes where it
  /// deletes ten. Short lists get smaller jobs, down to 500 files, so that there are twenty of them; long lists get
  /// larger ones, so that there are not many more than 2,000.
  package static func automatic(files: Int) -> Int {
    let usual = min(5000, max(500, (files + 19) / 20))
    return min(limit, max(usual, (files + 1999) / 2000))
  }
}
