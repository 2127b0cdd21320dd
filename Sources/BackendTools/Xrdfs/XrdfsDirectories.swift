import DeletionModel
import ProcessRunning

/// How a job removes empty directories: `xrdfs rmdir`, which is a `kXR_rmdir`.
///
/// It says nothing when it succeeds, nor (seen with a server of 5.5.3) when nothing is there. So each name is asked for
/// before, and once more after, and a listing right before must have no entry. It is only sent to a server that is
/// known to be no proxy: a proxy can make an HTTP DELETE of it, which removes a directory with all that is in it
/// (XrdPssSys::Remdir and XrdClHttp::Filesystem::RmDir of XRootD 6.1). Which servers are behind a manager the tool does
/// not tell, so there all directories stay.
extension XrdfsJob {
  /// What became of each path; all are different.
  func remove(emptyDirectories paths: [ExactName]) async -> [ExactName: Answer.Kind] {
    if let reason = await reasonToKeepDirectories() {
      return Dictionary(uniqueKeysWithValues: paths.map { ($0, .failed(reason)) })
    }
    var result: [ExactName: Answer.Kind] = [:]
    var directories: [ExactName] = []
    for (path, stat) in await stat(at: paths) {
      switch stat {
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
        for other in directories[(index + 1)...] { result[other] = .failed(error.untried) }
        break
      }
    }
    if unsure.isEmpty { return result }
    let stats = await stat(at: unsure)
    for path in unsure {
      switch stats[path] {
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

  /// Why no directory may be removed at this server; nil where it may.
  private func reasonToKeepDirectories() async -> DeletionError? {
    if let known = backend.serverRoles.isPlain(server) { return known ? nil : .xrdfsKeepsDirectories }
    for (name, value) in [("role", "server"), ("proxy", "proxy")] {
      do throws(DeletionError) {
        guard try await configured(name) == value else {
          backend.serverRoles.set(server, isPlain: false)
          return .xrdfsKeepsDirectories
        }
      } catch {
        return error
      }
    }
    backend.serverRoles.set(server, isPlain: true)
    return nil
  }

  /// Whether this server leads to others, the first time that this is asked.
  func isNewManager() async -> Bool {
    guard backend.serverRoles.isFirstQuestion(server) else { return false }
    let role = (try? await configured("role")) ?? ""
    return role.contains("manager") || role.contains("supervisor")
  }

  /// What a server says of its configuration, in words of XrdXrootdProtocol::do_Qconf: one that is no proxy repeats the
  /// name of what it does not know.
  private func configured(_ name: String) async throws(DeletionError) -> String {
    let run: ToolRun
    do throws(ToolFailure) {
      run = try await start(["query", "config", name])
    } catch {
      throw .tool(error)
    }
    if run.timedOut || run.wasCancelled { throw XrdfsErrors.silence(run, in: .stat) }
    if let diagnostic = XrdfsOutput.diagnostics(run.errorOutput).last {
      let error = XrdfsErrors.error(diagnostic, in: .stat)
      if error.isUnavailable { throw error }
    }
    return MessageLines.trimmed(String(decoding: run.output, as: UTF8.self))
  }

  /// What the tool says; neither ``Answer/Kind/deleted`` nor ``Answer/Kind/absent`` is certain.
  private func removeDirectory(_ path: ExactName) async -> Answer.Kind {
    let run: ToolRun
    do throws(ToolFailure) {
      let listing = try await start(["ls", path.text])
      if let diagnostic = XrdfsOutput.diagnostics(listing.errorOutput).last {
        return XrdfsErrors.error(diagnostic, in: .stat).asAnswer
      }
      if listing.ending != .exited(0) || listing.timedOut || listing.wasCancelled {
        return .failed(XrdfsErrors.silence(listing, in: .stat))
      }
      if listing.output.contains(where: { $0 != UInt8(ascii: "\n") }) { return .failed(.directoryIsFull) }
      run = try await start(["rmdir", path.text])
    } catch {
      return .failed(.tool(error))
    }
    if let diagnostic = XrdfsOutput.diagnostics(run.errorOutput).last {
      return XrdfsErrors.error(diagnostic, in: .remove).asAnswer
    }
    if run.ending == .exited(0), !run.timedOut, !run.wasCancelled { return .deleted }
    return .failed(XrdfsErrors.silence(run, in: .remove))
  }
}

extension DeletionError {
  fileprivate static let xrdfsKeepsDirectories = DeletionError.directoriesStay(
    "the server is no plain XRootD server: behind a manager or a proxy a directory may be removed with all that is in it"
  )
}
