import DeletionModel
import Credentials
import ProcessRunning
import Glibc

/// One part of a batch on one server: look, then remove.
struct XrdfsJob {
  let backend: XrdfsBackend
  let server: ExactName
  let deadline: Deadline

  /// What became of each path; all are different. A path that is missing in the result was not tried.
  func delete(_ paths: [ExactName]) async -> [ExactName: Answer.Kind] {
    var result: [ExactName: Answer.Kind] = [:]
    let stats = await stat(at: paths)
    var files: [ExactName] = []
    for path in paths {
      switch stats[path] {
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
    for (path, stat) in await stat(at: absent) {
      switch stat {
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
    // When a server behind a manager is silent, the client asks the manager for another one and from then on says of
    // every file that there is none.
    let lastBelieved =
      paths.firstIndex { path in
        guard case .failure(let text)? = lines[path] else { return false }
        return XrdfsErrors.error(.init(code: nil, text: text), in: .remove).isUnavailable
      } ?? paths.count
    // Before 5.5.0 `rm` takes one path and refuses more before it connects.
    let refused = run.ending == .exited(50) && lines.isEmpty
    for (index, path) in paths.enumerated() {
      switch lines[path] {
      case .success: result[path] = .deleted
      case .failure where index > lastBelieved: result[path] = await removeAlone(path, afterAmbiguity: true)
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
      if afterAmbiguity { problem.isUntried = false }
      return .failed(problem)
    }
    let line = XrdfsOutput.removals(run.output, of: [path])[path]
    if line == .success { return .deleted }
    var diagnostic = XrdfsOutput.diagnostics(run.errorOutput).last
    if diagnostic?.code == nil, case .failure(let text) = line { diagnostic = .init(code: nil, text: text) }
    if let diagnostic {
      var error = XrdfsErrors.error(diagnostic, in: .remove)
      if error.errorClass == .absent { return .absent }
      error.isAmbiguous = error.isAmbiguous || afterAmbiguity
      return .failed(error)
    }
    // Before 5.5.0 a success says nothing. The file was there; if now it is not, it was removed.
    if run.ending == .exited(0), !run.timedOut, !run.wasCancelled,
      case .answer(.absent) = await statAlone(at: path)
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
    // The mode keeps a history in the home directory and obeys the user's readline settings.
    let environment = backend.environment.withUserCertificate(euid: geteuid()).setting([
      "HOME": "/dev/null", "INPUTRC": "/dev/null",
    ])
    return try await start([], environment: environment, input: script, limit: limit)
  }

  /// - Parameter limit: a time after which the tool is stopped although the deadline has not come.
  func start(
    _ arguments: [String], environment: ChildEnvironment? = nil, input: [UInt8] = [], limit: Duration? = nil
  ) async throws(ToolFailure) -> ToolRun {
    let remaining = deadline.remaining(on: backend.time)
    if remaining == .zero { throw .cancelled }
    // One server that is silent must leave time for the files of the others.
    let share = remaining.map { $0 > .seconds(8) ? $0 / 4 : $0 }
    return try await backend.runner.run(
      ToolInvocation(
        backend.tool, [server.text] + arguments,
        environment: (environment ?? backend.environment).setting(
          ClientLimits.environment(remaining: share)),
        input: input),
      limit: limit ?? remaining)
  }
}

extension ChildEnvironment {
  /// With the user certificate that GSI would find in the home directory, for a call that hides that directory: where both of
  /// its files are there, and neither a proxy nor a token is. A key file that is not there ends every connection under
  /// TLS (seen with XrdCl 5.5.3).
  func withUserCertificate(euid: UInt32) -> ChildEnvironment {
    guard self["X509_USER_CERT"] == nil, self["X509_USER_KEY"] == nil, let home = self["HOME"] else {
      return self
    }
    let hasProxy = X509Discovery(environment: values, euid: euid).sources.contains { source in
      if case .proxy(let file) = source, let path = file.path {
        access(path.string, R_OK) == 0
      } else {
        false
      }
    }
    let hasToken =
      BearerTokenDiscovery(environment: values, euid: euid, read: CredentialFile.read).token != nil
    let (certificate, key) = (home + "/.globus/usercert.pem", home + "/.globus/userkey.pem")
    guard !hasProxy, !hasToken, access(certificate, R_OK) == 0, access(key, R_OK) == 0 else { return self }
    return setting(["X509_USER_CERT": certificate, "X509_USER_KEY": key])
  }
}
