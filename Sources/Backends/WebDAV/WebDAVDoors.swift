import Deletion
import Synchronization
import SystemPackage

/// The threads of a backend, by endpoint. They end with it.
final class WebDAVDoors: Sendable {
  private let mailboxes = Mutex<[String: WebDAVMailbox]>([:])

  func mailbox(
    of endpoint: String, _ settings: () -> WebDAVDoorSettings
  ) throws(DeletionError) -> WebDAVMailbox {
    let result: Result<WebDAVMailbox, DeletionError> = mailboxes.withLock { mailboxes in
      if let mailbox = mailboxes[endpoint] { return .success(mailbox) }
      guard let mailbox = WebDAVMailbox() else { return .failure(.outOfHandles) }
      let settings = settings()
      do throws(Errno) {
        try DetachedThread.start {
          if let door = WebDAVDoor(settings, mailbox: mailbox) {
            door.run()
          } else {
            mailbox.refuseAll(.outOfHandles)
          }
        }
      } catch {
        return .failure(.outOfHandles)
      }
      mailboxes[endpoint] = mailbox
      return .success(mailbox)
    }
    return try result.get()
  }

  deinit {
    for mailbox in mailboxes.withLock({ $0.values }) { mailbox.hangUp() }
  }
}
