import Deletion
import SystemPackage

/// Name resolution that comes back in time, whatever the name service does.
enum TimedResolution {
  /// Looks up a host within `limit`; nil for no limit. The thread that asked is left behind when it hangs.
  /// Comes back at once when the task is cancelled.
  static func lookUp(
    _ address: EndpointAddress, limit: Duration?, with resolve: @escaping NameResolution.Resolver
  ) async -> Result<[SocketAddress], NameResolution.Failure> {
    let first = FirstAnswer<Result<[SocketAddress], NameResolution.Failure>>()
    do throws(Errno) {
      try DetachedThread.start {
        do throws(NameResolution.Failure) {
          first.give(.success(try resolve(address)))
        } catch {
          first.give(.failure(error))
        }
      }
    } catch {
      return .failure(.init(state: .unreachable, text: "no thread to ask the name service with: \(error)"))
    }
    let timedOut = NameResolution.Failure(
      state: .timedOut, text: "the name service did not answer in time")
    let alarm = limit.map { limit in
      Task {
        // A cancelled sleep means that the answer is there; giving a second one does nothing.
        try? await Task.sleep(for: limit, clock: .continuous)
        first.give(.failure(timedOut))
      }
    }
    defer { alarm?.cancel() }
    return await withTaskCancellationHandler {
      await first.wait()
    } onCancel: {
      first.give(.failure(timedOut))
    }
  }
}
