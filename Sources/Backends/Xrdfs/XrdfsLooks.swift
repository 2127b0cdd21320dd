import Deletion

/// How a job finds out what its paths are.
extension XrdfsJob {
  /// How long listings of folders may take.
  private static let listingLimit = Duration.seconds(20)

  /// What a look at a path found.
  enum Look {
    case file
    case directory
    case answer(Answer.Kind)
  }

  func look(at paths: [ExactName]) async -> [ExactName: Look] {
    var result: [ExactName: Look] = [:]
    let hasListed = await lookByFolder(paths, into: &result)
    var rest = paths.filter { result[$0] == nil }
    if rest.count > 1, backend.manyAtOnce != false {
      guard let entries = await lookAtMany(rest, into: &result) else { return result }
      merge(entries, into: &result)
      rest = rest.filter { result[$0] == nil }
    }
    // The first alone tells whether the server answers at all, at the price of one process.
    var isSessionDue = true
    var hasAnswered = hasListed
    while let path = rest.first {
      let fitting = rest.filter(XrdfsSession.canHold)
      if hasAnswered, isSessionDue, fitting.count > 1 {
        await lookInSession(fitting, into: &result)
        rest = rest.filter { result[$0] == nil }
        isSessionDue = false
        continue
      }
      let look = await lookAlone(at: path)
      result[path] = look
      rest.removeFirst()
      if case .answer(.failed(let error)) = look, error.isUnavailable || error.errorClass == .fatal {
        for path in rest { result[path] = look }
        return result
      }
      hasAnswered = true
    }
    return result
  }

  /// Looks at the names whose folders are worth a listing.
  /// - Returns: whether the server has answered; then what it did not say is looked at otherwise.
  private func lookByFolder(_ paths: [ExactName], into result: inout [ExactName: Look]) async -> Bool {
    let folders = XrdfsListing.folders(of: paths) { backend.bigFolders.contains($0, on: server) }
    if folders.isEmpty { return false }
    // A listing must not use up the time in which the names can be looked at one by one.
    let part = deadline.remaining(on: backend.time).map { $0 / 4 } ?? Self.listingLimit
    guard
      let run = try? await startSession(
        XrdfsListing.script(folders), limit: min(part, Self.listingLimit))
    else { return false }
    let isWhole = !run.isCut && !run.timedOut && !run.wasCancelled
    let found =
      isWhole ? XrdfsListing.read(run.output, of: paths, in: folders) : XrdfsListing.Found()
    merge(found.entries, into: &result)
    for folder in folders where found.isTooBig(folder) { backend.bigFolders.insert(folder, on: server) }
    let trouble = XrdfsOutput.complaints(run.errorOutput).lazy.map { XrdfsErrors.error($0, in: .stat) }
    if isWhole, found.entries.isEmpty, let error = trouble.first(where: \.isUnavailable) {
      for path in paths { result[path] = .answer(.failed(error)) }
    }
    return !found.entries.isEmpty
  }

  private func merge(_ entries: [ExactName: XrdfsOutput.Entry], into result: inout [ExactName: Look]) {
    for (path, entry) in entries { result[path] = Self.look(entry) }
  }

  private static func look(_ entry: XrdfsOutput.Entry) -> Look {
    switch entry {
    case .other: .file
    case .directory: .directory
    }
  }

  /// One call with all paths, as it works since 5.6.0. Nil: everything has been answered.
  private func lookAtMany(
    _ paths: [ExactName], into result: inout [ExactName: Look]
  ) async -> [ExactName: XrdfsOutput.Entry]? {
    // An older xrdfs takes three words for a path and a query, and looks at the last.
    let words = paths.map(\.text) + (paths.count == 3 ? [paths[0].text] : [])
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["stat"] + words)
    } catch {
      for path in paths { result[path] = .answer(.failed(.tool(error))) }
      return nil
    }
    let entries = XrdfsOutput.entries(run.output, of: paths)
    if !entries.isEmpty {
      backend.manyAtOnce = true
    } else if run.ending == .exited(50) {
      backend.manyAtOnce = false
    } else if let complaint = XrdfsOutput.complaints(run.errorOutput).first {
      let error = XrdfsErrors.error(complaint, in: .stat)
      if error.isUnavailable {
        for path in paths { result[path] = .answer(.failed(error)) }
        return nil
      }
    } else if run.timedOut || run.wasCancelled {
      for path in paths { result[path] = .answer(.failed(XrdfsErrors.silence(run, in: .stat))) }
      return nil
    }
    return entries
  }

  func lookAlone(at path: ExactName) async -> Look {
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["stat", path.text])
    } catch {
      return .answer(.failed(.tool(error)))
    }
    if let entry = XrdfsOutput.entries(run.output, of: [path])[path] { return Self.look(entry) }
    if let complaint = XrdfsOutput.complaints(run.errorOutput).last {
      return .answer(XrdfsErrors.error(complaint, in: .stat).asAnswer)
    }
    return .answer(.failed(XrdfsErrors.silence(run, in: .stat)))
  }

  private func lookInSession(_ paths: [ExactName], into result: inout [ExactName: Look]) async {
    guard let run = try? await startSession(XrdfsSession.script(paths)), !run.isCut else { return }
    let entries = XrdfsOutput.entries(run.output, of: paths)
    merge(entries, into: &result)
    if run.timedOut || run.wasCancelled {
      for path in paths where result[path] == nil {
        result[path] = .answer(.failed(XrdfsErrors.silence(run, in: .stat)))
      }
      return
    }
    for (path, complaint) in XrdfsSession.complaints(run.errorOutput, of: paths, entries: entries) {
      result[path] = .answer(XrdfsErrors.error(complaint, in: .stat).asAnswer)
    }
  }
}
