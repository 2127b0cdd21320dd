import Deletion

/// One part of a batch on one server: look, then remove.
struct XrdfsJob {
  let backend: XrdfsBackend
  let server: ExactName
  let deadline: Deadline

  /// What a look at a path found.
  private enum Look {
    case file
    case answer(Answer.Kind)
  }

  /// What became of each path; all are different. A path that is missing in the result was not tried.
  func delete(_ paths: [ExactName]) async -> [ExactName: Answer.Kind] {
    var result: [ExactName: Answer.Kind] = [:]
    let looks = await look(at: paths)
    var files: [ExactName] = []
    for path in paths {
      switch looks[path] {
      case .file: files.append(path)
      case .answer(let kind): result[path] = kind
      case nil: result[path] = .failed(.notTried)
      }
    }
    if files.isEmpty { return result }
    return result.merging(await remove(files)) { _, new in new }
  }

  // MARK: Looking

  private func look(at paths: [ExactName]) async -> [ExactName: Look] {
    var result: [ExactName: Look] = [:]
    var rest = paths
    if rest.count > 1, backend.manyAtOnce != false {
      guard let entries = await lookAtMany(rest, into: &result) else { return result }
      merge(entries, into: &result)
      rest = rest.filter { result[$0] == nil }
    }
    var isFirst = true
    while let path = rest.first {
      // The first alone tells whether the server answers at all, at the price of one process.
      let look = await lookAlone(at: path)
      result[path] = look
      rest.removeFirst()
      if case .answer(.failed(let error)) = look, error.isUnavailable || error.errorClass == .fatal {
        for path in rest { result[path] = look }
        return result
      }
      let fitting = rest.filter(XrdfsSession.canHold)
      if isFirst, fitting.count > 1 {
        await lookInSession(fitting, into: &result)
        rest = rest.filter { result[$0] == nil }
      }
      isFirst = false
    }
    return result
  }

  private func merge(_ entries: [ExactName: XrdfsOutput.Entry], into result: inout [ExactName: Look]) {
    for (path, entry) in entries { result[path] = Self.look(entry) }
  }

  private static func look(_ entry: XrdfsOutput.Entry) -> Look {
    switch entry {
    case .other: .file
    case .directory:
      .answer(
        .failed(
          DeletionError(.permanent, code: "3016", message: "it is a directory; only files are deleted")))
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

  private func lookAlone(at path: ExactName) async -> Look {
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
    var environment = backend.environment
    // The mode keeps a history in the home folder and obeys the user's readline settings.
    environment = environment.withDefaultUserCertificate().setting([
      "HOME": "/dev/null", "INPUTRC": "/dev/null",
    ])
    guard
      let run = try? await start([], environment: environment, input: XrdfsSession.script(paths)),
      !run.isCut
    else { return }
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

  // MARK: Removing

  private func remove(_ paths: [ExactName]) async -> [ExactName: Answer.Kind] {
    var result: [ExactName: Answer.Kind] = [:]
    if paths.count == 1 { return [paths[0]: await removeAlone(paths[0], afterAmbiguity: false)] }
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["rm"] + paths.map(\.text))
    } catch {
      for path in paths { result[path] = .failed(.tool(error)) }
      return result
    }
    let lines = XrdfsOutput.removals(run.output, of: paths)
    // Before 5.5.0 `rm` takes one path and refuses more before it connects.
    let refused = run.ending == .exited(50) && lines.isEmpty
    for path in paths {
      switch lines[path] {
      case .success: result[path] = .deleted
      case .failure(let text):
        result[path] = XrdfsErrors.error(.init(code: nil, text: text), in: .remove).asAnswer
      case nil:
        if run.timedOut || run.wasCancelled {
          result[path] = .failed(XrdfsErrors.silence(run, in: .remove))
        } else {
          result[path] = await removeAlone(path, afterAmbiguity: !refused)
        }
      }
    }
    return result
  }

  /// - Parameter afterAmbiguity: whether an earlier call may have removed the file. It was there before that
  ///   call, so "no such file" then means that the call did it.
  private func removeAlone(_ path: ExactName, afterAmbiguity: Bool) async -> Answer.Kind {
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["rm", path.text])
    } catch {
      var problem = DeletionError.tool(error)
      problem.isAmbiguous = afterAmbiguity
      return .failed(problem)
    }
    let line = XrdfsOutput.removals(run.output, of: [path])[path]
    if line == .success { return .deleted }
    var complaint = XrdfsOutput.complaints(run.errorOutput).last
    if complaint?.code == nil, case .failure(let text) = line { complaint = .init(code: nil, text: text) }
    if let complaint {
      var error = XrdfsErrors.error(complaint, in: .remove)
      if error.errorClass == .absent { return afterAmbiguity ? .deleted : .absent }
      error.isAmbiguous = error.isAmbiguous || afterAmbiguity
      return .failed(error)
    }
    // Before 5.5.0 a success says nothing. The file was there; if now it is not, it was removed.
    if run.ending == .exited(0), !run.timedOut, !run.wasCancelled,
      case .answer(.absent) = await lookAlone(at: path)
    {
      return .deleted
    }
    return .failed(XrdfsErrors.silence(run, in: .remove))
  }

  // MARK: Running

  private func start(
    _ words: [String], environment: ChildEnvironment? = nil, input: [UInt8] = []
  ) async throws(ToolFailure) -> ToolRun {
    let remaining = deadline.remaining(on: backend.time)
    if remaining == .zero { throw .cancelled }
    return try await backend.runner.run(
      ToolInvocation(
        backend.tool, [server.text] + words,
        environment: (environment ?? backend.environment).setting(
          ClientLimits.environment(remaining: remaining)),
        input: input),
      limit: remaining)
  }
}

extension ChildEnvironment {
  /// With the user certificate that GSI would find in the home folder, for a call that hides that folder.
  func withDefaultUserCertificate() -> ChildEnvironment {
    guard self["X509_USER_CERT"] == nil, self["X509_USER_KEY"] == nil, let home = self["HOME"] else {
      return self
    }
    return setting([
      "X509_USER_CERT": home + "/.globus/usercert.pem", "X509_USER_KEY": home + "/.globus/userkey.pem",
    ])
  }
}
