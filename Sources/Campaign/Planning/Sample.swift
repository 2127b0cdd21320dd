/// Some LFNs from all over a list, for a person to look at.
struct Sample: Sendable {
  /// How many.
  static let size = 5

  /// What was taken.
  private(set) var lfns: [String] = []
  private let step: Int

  /// A sample of a list that has about so many entries.
  init(of count: Int) { step = max(1, count / Self.size) }

  /// Takes an LFN or not, by its place in the list, from 0.
  mutating func offer(_ lfn: UnsafeBufferPointer<UInt8>, at index: Int) {
    guard index % step == 0, lfns.count < Self.size else { return }
    lfns.append(String(decoding: lfn, as: UTF8.self))
  }
}
