import DeletionModel
import Synchronization

/// The requests that earlier runs of the same journal have left at a frontend: the service goes on with them when the
/// process is killed that sent them. They are followed to their end before anything is sent, so that nothing is sent twice.
final class EarlierRequests: Sendable {
  private struct State {
    /// What became of a path, and by which note.
    var targets: [ExactName: (target: BulkTarget, note: String)] = [:]
    /// How many of its targets were not asked for yet, by note.
    var left: [String: Int] = [:]
    var ids: [String: String] = [:]
  }

  /// The highest number that an earlier note of this door has.
  let lastNote: Int
  private let service: BulkService
  private let setting: BulkSetting
  private let state = Mutex(State())

  init(_ service: BulkService, _ setting: BulkSetting) {
    self.service = service
    self.setting = setting
    lastNote = setting.notes.earlier.keys.compactMap { Self.number(of: $0, service.door) }.max() ?? 0
  }

  /// What the note of a request is called.
  static func note(_ number: Int, _ door: String) -> String { "bulk \(door) \(number)" }

  private static func number(of name: String, _ door: String) -> Int? {
    let parts = name.split(separator: " ").map(String.init)
    return parts.count == 3 && parts[0] == "bulk" && parts[1] == door ? Int(parts[2]) : nil
  }

  /// Follows all of them to their end.
  ///
  /// - Returns: what the service said last of one that made no progress; nil where all went well.
  func findAll(until deadline: Deadline) async -> String? {
    let noted = setting.notes.earlier.compactMap { name, text -> (name: String, note: BulkNote)? in
      guard Self.number(of: name, service.door) != nil, let note = BulkNote(text),
        note.frontend == service.name
      else {
        return nil
      }
      return (name, note)
    }
    var known = Set(noted.compactMap(\.note.id))
    for (name, note) in noted.sorted(by: { $0.name < $1.name }) {
      if Task.isCancelled || deadline.hasPassed(on: setting.time) { return nil }
      var id = note.id
      if id == nil { id = try? await service.find(note.marker, except: known) }
      guard let id else { continue }
      known.insert(id)
      var targets: [ExactName: BulkTarget] = [:]
      let (end, wasBegunTwice) = await service.follow(id, until: deadline, setting) { target in
        targets[ExactName(target.target)] = target
      }
      switch end {
      case .over: keep(targets, of: name, id, wasBegunTwice)
      case .stalled(let said):
        keep(targets, of: name, id, wasBegunTwice)
        return said
      // Cleared meanwhile, or not ours to see with this credential: the files are sent again.
      case .lost: setting.notes.drop(name)
      case .stopped: return nil
      }
    }
    return nil
  }

  private func keep(_ targets: [ExactName: BulkTarget], of name: String, _ id: String, _ wasBegunTwice: Bool)
  {
    let known = targets.filter { _, target in
      switch BulkOutcome(target) {
      case .deleted, .directory: true
      // Said of what the first time had deleted, perhaps.
      case .absent: !wasBegunTwice
      case .failed, .open: false
      }
    }
    state.withLock { state in
      for (path, target) in known { state.targets[path] = (target, name) }
      state.left[name] = known.count
      state.ids[name] = id
    }
  }

  /// What an earlier request has made of a file; it is said once.
  func take(_ path: String) -> BulkTarget? {
    let (target, over) = state.withLock { state -> (BulkTarget?, String?) in
      guard let (target, note) = state.targets.removeValue(forKey: ExactName(path)) else { return (nil, nil) }
      state.left[note, default: 1] -= 1
      return (target, state.left[note] == 0 ? note : nil)
    }
    if let over, let id = state.withLock({ $0.ids.removeValue(forKey: over) }) {
      // The answers are in the journal before anybody could ask for them again: it is not waited for.
      setting.notes.drop(over)
      Task { [service] in _ = await service.ask(.clear(id: id)) }
    }
    return target
  }
}
