import Deletion

/// One part of a batch on one server: look, then remove.
struct XrdfsJob {
  let backend: XrdfsBackend
  let server: ExactName
  let deadline: Deadline

  /// What became of each path; all are different. A path that is missing in the result was not tried.
  func delete(_ paths: [ExactName]) async -> [ExactName: Answer.Kind] {
    var result: [ExactName: Answer.Kind] = [:]
    let looks = await look(at: paths)
    var files: [ExactName] = []
    for path in paths {
      switch looks[path] {
      case .file: files.append(path)
      case .directory:
        result[path] = .failed(
          DeletionError(.permanent, code: "3016", message: "it is a directory; only files are deleted"))
      case .answer(let kind): result[path] = kind
      case nil: result[path] = .failed(.notTried)
      }
    }
    if files.isEmpty { return result }
    let removed = await remove(files)
    return result.merging(await checked(removed)) { _, new in new }
  }

  /// Every file was there a moment ago. Where "no such file" is the answer, the client may have asked again after its
  /// connection broke: then it was removed. Or a server behind a redirector could not remove it, and the redirector has
  /// no other one: that must not be taken for an absent file.
  private func checked(_ removed: [ExactName: Answer.Kind]) async -> [ExactName: Answer.Kind] {
    let absent = removed.filter { $0.value == .absent }.map(\.key)
    if absent.isEmpty { return removed }
    var result = removed
    for (path, look) in await look(at: absent) {
      switch look {
      case .file, .directory:
        result[path] = .failed(
          DeletionError(
            .transient, code: "3011",
            message: "it could not be removed: no server for it, although it is there"))
      case .answer(.absent), .answer(.deleted): result[path] = .deleted
      case .answer(.failed(var error)):
        error.isAmbiguous = true
        result[path] = .failed(error)
      }
    }
    return result
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

  /// - Parameter afterAmbiguity: whether an earlier call may have removed the file.
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
      if error.errorClass == .absent { return .absent }
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

  /// The interactive mode, fed with a script.
  func startSession(
    _ script: [UInt8], limit: Duration? = nil
  ) async throws(ToolFailure) -> ToolRun {
    // The mode keeps a history in the home folder and obeys the user's readline settings.
    let environment = backend.environment.withDefaultUserCertificate().setting([
      "HOME": "/dev/null", "INPUTRC": "/dev/null",
    ])
    return try await start([], environment: environment, input: script, limit: limit)
  }

  /// - Parameter limit: a time after which the tool is stopped although the deadline has not come.
  func start(
    _ words: [String], environment: ChildEnvironment? = nil, input: [UInt8] = [], limit: Duration? = nil
  ) async throws(ToolFailure) -> ToolRun {
    let remaining = deadline.remaining(on: backend.time)
    if remaining == .zero { throw .cancelled }
    return try await backend.runner.run(
      ToolInvocation(
        backend.tool, [server.text] + words,
        environment: (environment ?? backend.environment).setting(
          ClientLimits.environment(remaining: remaining)),
        input: input),
      limit: limit ?? remaining)
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
