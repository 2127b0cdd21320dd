/// HTCondor's `JobStatus` (HTCondor manual, Job ClassAd Attributes).
package enum JobStatus: Int, Sendable, CaseIterable {
  /// It waits for a slot.
  case idle = 1
  /// It has one.
  case running = 2
  /// It was taken off the queue, before its end or after.
  case removed = 3
  /// It has ended by itself.
  case completed = 4
  /// On hold until it is released.
  case held = 5
  /// Its output is being transferred.
  case transferring = 6
  /// It has a slot and is stopped there.
  case suspended = 7

  /// Whether HTCondor may still run it.
  package var isLive: Bool { self != .removed && self != .completed }
}
