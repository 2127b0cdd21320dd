import DeletionModel
import ProcessRunning

/// How a job finds out what its paths are.
extension XrdfsJob {
  /// How long listings of directories may take.
  private static let listingLimit = Duration.seconds(20)

  /// What a look at a path found.
  enum Stat {
    case file
    case directory
    case answer(Answer.Kind)
  }

  func stat(at paths: [ExactName]) async -> [ExactName: Stat] {
    var result: [ExactName: Stat] = [:]
    let hasListed = await statByDirectory(paths, into: &result)
    var rest = paths.filter { result[$0] == nil }
    if rest.count > 1, backend.manyAtOnce != false {
      guard let entries = await statMany(rest, into: &result) else { return result }
      merge(entries, into: &result)
      rest = rest.filter { result[$0] == nil }
    }
    // The first alone tells whether the server answers at all, at the price of one process.
    var isSessionDue = true
    var hasAnswered = hasListed
    var silences = 0
    while let path = rest.first {
      let fitting = rest.filter(XrdfsSession.canHold)
      if hasAnswered, isSessionDue, fitting.count > 1 {
        await statInSession(fitting, into: &result)
        rest = rest.filter { result[$0] == nil }
        isSessionDue = false
        continue
      }
      let stat = await statAlone(at: path)
      result[path] = stat
      rest.removeFirst()
      if case .answer(.failed(let error)) = stat, error.isUnavailable || error.errorClass == .fatal {
        silences += 1
        if error.errorClass == .fatal || !hasAnswered && !XrdfsErrors.isTimeout(error)
          || silences >= ClientLimits.silences
        {
          for path in rest {
            result[path] = .answer(.failed(error.errorClass == .fatal ? error : error.untried))
          }
          return result
        }
        continue
      }
      silences = 0
      hasAnswered = true
    }
    return result
  }

  /// Looks at the names whose directories are worth a listing.
  /// - Returns: whether the server has answered; then what it did not say is looked at otherwise.
  private func statByDirectory(_ paths: [ExactName], into result: inout [ExactName: Stat]) async -> Bool {
    let directories = XrdfsListing.directories(of: paths) {
      backend.largeDirectories.contains($0, on: server)
    }
    if directories.isEmpty { return false }
    // A listing must not use up the time in which the names can be looked at one by one.
    let part = deadline.remaining(on: backend.time).map { $0 / 4 } ?? Self.listingLimit
    guard
      let run = try? await startSession(
        XrdfsListing.script(directories), limit: min(part, Self.listingLimit))
    else { return false }
    let isWhole = !run.isCut && !run.timedOut && !run.wasCancelled
    let found =
      isWhole ? XrdfsListing.read(run.output, of: paths, in: directories) : XrdfsListing.Found()
    merge(found.entries, into: &result)
    for directory in directories where found.isTooBig(directory) {
      backend.largeDirectories.insert(directory, on: server)
    }
    let failure = XrdfsOutput.diagnostics(run.errorOutput).lazy.map { XrdfsErrors.error($0, in: .stat) }
    if isWhole, found.entries.isEmpty, let error = failure.first(where: \.isUnavailable) {
      for path in paths { result[path] = .answer(.failed(path == paths[0] ? error : error.untried)) }
    }
    return !found.entries.isEmpty
  }

  private func merge(_ entries: [ExactName: XrdfsOutput.Entry], into result: inout [ExactName: Stat]) {
    for (path, entry) in entries { result[path] = Self.stat(entry) }
  }

  private static func stat(_ entry: XrdfsOutput.Entry) -> Stat {
    switch entry {
    case .other: .file
    case .directory: .directory
    }
  }

  /// One call with all paths, as it works since 5.6.0. Nil: everything has been answered.
  private func statMany(
    _ paths: [ExactName], into result: inout [ExactName: Stat]
  ) async -> [ExactName: XrdfsOutput.Entry]? {
    // An older xrdfs takes three words for a path and a query, and looks at the last.
    let arguments = paths.map(\.text) + (paths.count == 3 ? [paths[0].text] : [])
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["stat"] + arguments)
    } catch {
      for path in paths { result[path] = .answer(.failed(.tool(error))) }
      return nil
    }
    let entries = XrdfsOutput.entries(run.output, of: paths)
    if !entries.isEmpty {
      backend.manyAtOnce = true
    } else if run.ending == .exited(50) {
      backend.manyAtOnce = false
    } else if let diagnostic = XrdfsOutput.diagnostics(run.errorOutput).first {
      let error = XrdfsErrors.error(diagnostic, in: .stat)
      if error.isUnavailable, !XrdfsErrors.isTimeout(error) {
        for path in paths { result[path] = .answer(.failed(path == paths[0] ? error : error.untried)) }
        return nil
      }
    } else if run.timedOut || run.wasCancelled {
      let error = XrdfsErrors.silence(run, in: .stat)
      for path in paths { result[path] = .answer(.failed(path == paths[0] ? error : error.untried)) }
      return nil
    }
    return entries
  }

  func statAlone(at path: ExactName) async -> Stat {
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["stat", path.text])
    } catch {
      return .answer(.failed(.tool(error)))
    }
    if let entry = XrdfsOutput.entries(run.output, of: [path])[path] { return Self.stat(entry) }
    if let diagnostic = XrdfsOutput.diagnostics(run.errorOutput).last {
      return .answer(XrdfsErrors.error(diagnostic, in: .stat).asAnswer)
    }
    return .answer(.failed(XrdfsErrors.silence(run, in: .stat)))
  }

  private func statInSession(_ paths: [ExactName], into result: inout [ExactName: Stat]) async {
    guard let run = try? await startSession(XrdfsSession.script(paths)), !run.isCut else { return }
    let entries = XrdfsOutput.entries(run.output, of: paths)
    merge(entries, into: &result)
    // The first that has no entry is what it was silent about; the others are asked for by themselves.
    if run.timedOut || run.wasCancelled {
      if let path = paths.first(where: { result[$0] == nil }) {
        result[path] = .answer(.failed(XrdfsErrors.silence(run, in: .stat)))
      }
      return
    }
    // After a silence the client asks a manager for another server, and from then on says of every file that there is
    // none.
    let diagnostics = XrdfsSession.diagnostics(run.errorOutput, of: paths, entries: entries)
    for path in paths {
      guard let diagnostic = diagnostics[path] else { continue }
      let error = XrdfsErrors.error(diagnostic, in: .stat)
      result[path] = .answer(error.asAnswer)
      if error.isUnavailable { return }
    }
  }
}
