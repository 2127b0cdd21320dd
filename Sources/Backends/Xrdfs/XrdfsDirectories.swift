import Deletion

/// How a job removes empty directories: `xrdfs rmdir`, which is a `kXR_rmdir`.
///
/// It says nothing when it succeeds, nor (seen with a server of 5.5.3) when nothing is there. And where a server behind a
/// redirector refuses, the client asks the redirector for another one and says that there is none (3011). So each name
/// is looked at before, and once more after.
extension XrdfsJob {
  /// What became of each path; all are different.
  func remove(emptyDirectories paths: [ExactName]) async -> [ExactName: Answer.Kind] {
    var result: [ExactName: Answer.Kind] = [:]
    var directories: [ExactName] = []
    for (path, look) in await look(at: paths) {
      switch look {
      case .directory: directories.append(path)
      case .file: result[path] = .failed(.isNoDirectory)
      case .answer(let kind): result[path] = kind
      }
    }
    var unsure: [ExactName] = []
    for (index, path) in directories.enumerated() {
      let kind = await removeDirectory(path)
      result[path] = kind
      if kind == .deleted || kind == .absent { unsure.append(path) }
      if case .failed(let error) = kind, error.isUnavailable || error.errorClass == .fatal {
        for other in directories[(index + 1)...] { result[other] = .failed(error.unsent) }
        break
      }
    }
    if unsure.isEmpty { return result }
    let looks = await look(at: unsure)
    for path in unsure {
      switch looks[path] {
      case .answer(.absent): break
      case .directory, .file:
        result[path] = .failed(
          DeletionError(.permanent, code: "xrdfs", message: "it is still there, or there again"))
      case .answer(let kind): result[path] = kind
      case nil: result[path] = .failed(.notTried)
      }
    }
    return result
  }

  /// What the tool says; neither ``Answer/Kind/deleted`` nor ``Answer/Kind/absent`` is certain.
  private func removeDirectory(_ path: ExactName) async -> Answer.Kind {
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["rmdir", path.text])
    } catch {
      return .failed(.tool(error))
    }
    if let complaint = XrdfsOutput.complaints(run.errorOutput).last {
      return XrdfsErrors.error(complaint, in: .remove).asAnswer
    }
    if run.ending == .exited(0), !run.timedOut, !run.wasCancelled { return .deleted }
    return .failed(XrdfsErrors.silence(run, in: .remove))
  }
}
