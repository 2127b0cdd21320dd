/// What a storage said of a file when it was asked what that is, before the deletion. No request is made for these alone; on
/// local files `rm` asks the kernel for the time where `--not-newer-than` needs it.
package struct FileFacts: Sendable, Equatable {
  /// -1 and the first moment that there is where they are not known: optionals would be twice as large, and every file on
  /// its way has them.
  private var sizeOrUnknown: Int = -1
  private var writtenOrUnknown = Int64.min

  /// Nothing is known.
  package init() {}

  package init(size: Int?, written: StorageTime? = nil) {
    self.size = size
    self.written = written
  }

  /// How many bytes the file has; nil where the storage did not say.
  package var size: Int? {
    get { sizeOrUnknown < 0 ? nil : sizeOrUnknown }
    set { sizeOrUnknown = max(-1, newValue ?? -1) }
  }

  /// When it was last written, by the storage's clock; nil where the storage did not say.
  package var written: StorageTime? {
    get { writtenOrUnknown == .min ? nil : StorageTime(nanoseconds: writtenOrUnknown) }
    set { writtenOrUnknown = newValue?.nanoseconds ?? .min }
  }

  /// Takes over what is known later: of a file that is not there any more nothing new is said.
  package mutating func learn(_ later: FileFacts) {
    if later.sizeOrUnknown >= 0 { sizeOrUnknown = later.sizeOrUnknown }
    if later.writtenOrUnknown != .min { writtenOrUnknown = later.writtenOrUnknown }
  }
}

/// How many bytes deletions have freed, as far as the sizes of the files are known.
package struct FreedBytes: Sendable, Equatable {
  /// The sum of the sizes that are known. It does not overflow, whatever storages say.
  package private(set) var bytes: Int
  /// Whether there were files of unknown size.
  package private(set) var isPartial: Bool

  package init(bytes: Int = 0, isPartial: Bool = false) {
    (self.bytes, self.isPartial) = (max(0, bytes), isPartial)
  }

  /// What a document says of it. One of an earlier version says nothing: then the sum is partial if anything was deleted.
  package init(bytes: Int?, isPartial: Bool?, deleted: Int) {
    self.init(bytes: bytes ?? 0, isPartial: isPartial ?? (deleted > 0))
  }

  /// Adds a deleted file; nil: its size is not known.
  package mutating func add(size: Int?) {
    if let size { add(FreedBytes(bytes: size)) } else { isPartial = true }
  }

  /// Adds another sum.
  package mutating func add(_ other: FreedBytes) { add(change: other.bytes, isPartial: other.isPartial) }

  /// Adds what a sum has become larger by, or takes away what it has become smaller by.
  ///
  /// - Parameter isPartial: whether that sum is partial.
  package mutating func add(change: Int, isPartial: Bool) {
    let (sum, isTooLarge) = bytes.addingReportingOverflow(change)
    bytes = isTooLarge ? Int.max : max(0, sum)
    self.isPartial = self.isPartial || isPartial || isTooLarge
  }

  /// For a person: `at least 1.2 TB`. In powers of 1000, as storages are sold and accounted for.
  package var text: String {
    var value = Double(bytes)
    var units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"][...]
    while value >= 999.95, units.count > 1 {
      value /= 1000
      units = units.dropFirst()
    }
    let tenths = Int((value * 10).rounded())
    let number = units.first == "B" || tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    return "\(isPartial ? "at least " : "")\(number) \(units.first ?? "B")"
  }
}
