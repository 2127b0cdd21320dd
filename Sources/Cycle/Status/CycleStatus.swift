import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials

/// How all RSEs stand: `status.json`, `swab.cycle-status/1`.
package struct CycleStatus: Sendable, Equatable {
  /// The value of `schema`.
  package static let schema = "swab.cycle-status/1"

  /// One RSE.
  package struct Row: Sendable, Equatable {
    /// Its state.
    package var state: RSEState
    /// Who has frozen it; nil: nobody.
    package var frozen: PersonFile?
    /// Hours since its newest scan began.
    package var scanAgeHours: Double?
    /// Files that were deleted within a day, a week and 30 days.
    package var deleted = Deleted()
    /// What these took up.
    package var freed = Freed()
    /// What is never cleaned.
    package var leftovers: Leftovers.Document?

    /// Files that were deleted within some time.
    package struct Deleted: Sendable, Equatable {
      package var day = 0
      package var week = 0
      package var month = 0
    }

    /// What files took up that were deleted within some time.
    package struct Freed: Sendable, Equatable {
      package var day = FreedBytes()
      package var week = FreedBytes()
      package var month = FreedBytes()
    }

    /// The campaign that counts: the one at work, else the last one.
    package var campaign: RSEState.Result? { state.current ?? state.campaigns.last }
    /// Whether a person has to do something.
    package var needsPerson: Bool { state.reason.needsPerson }
  }

  /// When the pass ended that this was written by.
  package var finished: Date
  /// When the next pass has to have ended.
  package var expected: Date
  /// By name.
  package var rows: [Row]

  /// Reads what passes have left.
  ///
  /// - Parameter states: what a pass knows and may not have been able to write.
  package init(_ file: CycleFile, rses: [String]? = nil, states: [RSEState] = [], now: Date) {
    finished = now
    expected = now.addingTimeInterval(file.cycle.expectHours * 3600)
    let directory = StateDirectory(file.cycle.state)
    let fresh = Dictionary(states.map { ($0.rse, $0) }) { $1 }
    rows = (rses ?? file.followed).map { rse in
      let rseDirectory = directory.rse(rse)
      let stored = Result { try RSEHistory.state(rseDirectory) }
      var state: RSEState
      switch (fresh[rse], stored) {
      case (.some(let known), _): state = known
      case (nil, .success(.some(let known))): state = known
      case (nil, .success(nil)): state = RSEState(rse: rse, site: nil, now: now.formatted(.iso8601))
      case (nil, .failure(let error)):
        state = RSEState(rse: rse, site: nil, now: now.formatted(.iso8601))
        (state.phase, state.reason, state.detail) = (.blocked, .damagedState, "\(error)")
      }
      var row = Row(state: state, frozen: (try? PersonFile.read(rseDirectory.frozen)) ?? nil)
      if let started = state.scan.flatMap({ Date(iso8601: $0.started) }) {
        row.scanAgeHours = now.timeIntervalSince(started) / 3600
      }
      row.add(RSEHistory.events(rseDirectory), now)
      row.leftovers = Leftovers.read(rseDirectory)
      return row
    }
  }

  /// How many stand in each phase; empty ones are left out.
  package var phases: [(phase: Phase, count: Int)] {
    Phase.allCases.compactMap { phase in
      let count = rows.count { $0.state.phase == phase }
      return count > 0 ? (phase, count) : nil
    }
  }

  /// Writes `status.json`. Throws `FileError`.
  package func write(to directory: StateDirectory) throws {
    let json = json
    try AtomicFile.replace(directory.status, .own) { try $0.write(json) }
  }

  /// The document.
  package var json: [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", Self.schema)
    json.member("finished", finished.formatted(.iso8601))
    json.member("expected", expected.formatted(.iso8601))
    json.beginArray("rses")
    for row in rows { Self.write(row, to: &json) }
    json.endArray()
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func write(_ row: Row, to json: inout JSONText) {
    let state = row.state
    json.newline()
    json.beginObject()
    json.member("rse", state.rse)
    json.member("site", state.site)
    json.member("phase", state.phase.rawValue)
    json.member("reason", state.reason.rawValue)
    json.member("words", state.reason.text)
    json.member("detail", state.detail)
    json.member("since", state.since)
    json.member("looked", state.looked)
    json.member("needsPerson", row.needsPerson)
    json.member("frozen", row.frozen != nil)
    json.key("scanAgeHours")
    if let hours = row.scanAgeHours { json.number((hours * 100).rounded() / 100) } else { json.null() }
    json.member("scan", state.scan?.run)
    json.member("listed", row.campaign?.listed)
    json.member("gone", row.campaign?.gone)
    json.member("left", row.campaign.map { max(0, $0.files - $0.gone) })
    json.member("deletedDay", row.deleted.day)
    json.member("deletedWeek", row.deleted.week)
    json.member("deletedMonth", row.deleted.month)
    json.member("deletedTotal", state.totals.deleted)
    json.member("bytesFreed", state.totals.bytesFreed)
    json.member("bytesFreedIsPartial", state.totals.freed.isPartial)
    json.member("bytesFreedDay", row.freed.day.bytes)
    json.member("bytesFreedWeek", row.freed.week.bytes)
    json.member("bytesFreedMonth", row.freed.month.bytes)
    json.member("campaign", state.campaign)
    json.member("round", state.round)
    json.beginObject("jobs")
    for (name, count) in state.jobs.sorted(by: { $0.key < $1.key }) { json.member(name, count) }
    json.endObject()
    json.member("worstError", row.campaign?.worstError)
    json.member("repeated", row.leftovers?.repeated)
    json.member("oldestSurvivor", row.leftovers?.oldest)
    json.member("oldestSurvivorSince", row.leftovers?.since)
    json.member("nextDue", state.nextDue)
    json.endObject()
  }
}

extension CycleStatus.Row {
  /// Adds up what was deleted within the last days.
  fileprivate mutating func add(_ events: [RSEState.Event], _ now: Date) {
    for event in events {
      guard let count = event.deleted, let time = Date(iso8601: event.time), time.isPast(at: now) else {
        continue
      }
      let days = now.timeIntervalSince(time) / 86_400
      let (bytes, isPartial) = (event.bytesFreed ?? 0, event.bytesFreedIsPartial ?? (count > 0))
      if days <= 1 {
        deleted.day += count
        freed.day.add(change: bytes, isPartial: isPartial)
      }
      if days <= 7 {
        deleted.week += count
        freed.week.add(change: bytes, isPartial: isPartial)
      }
      if days <= 30 {
        deleted.month += count
        freed.month.add(change: bytes, isPartial: isPartial)
      }
    }
  }
}
