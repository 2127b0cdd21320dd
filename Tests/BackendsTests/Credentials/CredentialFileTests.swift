import FoundationEssentials
import Glibc
import SystemPackage
import Testing
@testable import BackendWebDAV
@testable import Credentials

@Suite struct CredentialFileTests {
  @Test func readsRealFiles() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("token")
      let descriptor = try FileDescriptor.open(
        path, .writeOnly, options: [.create], permissions: [.ownerReadWrite])
      try descriptor.closeAfter { _ = try descriptor.writeAll("abc\n".utf8) }
      let file = try CredentialFile.read(path)
      #expect(file.bytes == Array("abc\n".utf8))
      #expect(file.permissions.octal == "0600")

      #expect(throws: Errno.noSuchFileOrDirectory) { try CredentialFile.read(directory.appending("none")) }
      #expect(throws: Errno.notDirectory) { try CredentialFile.read(path.appending("below")) }
      #expect(throws: Errno.isDirectory) { try CredentialFile.read(directory) }
      #expect(throws: Errno.invalidArgument) { try CredentialFile.read("/dev/null") }
      // A pipe that nobody writes to must not be waited for.
      let pipe = directory.appending("pipe")
      #expect(mkfifo(pipe.string, 0o600) == 0)
      #expect(throws: Errno.invalidArgument) { try CredentialFile.read(pipe) }
      #expect(truncate(path.string, CredentialFile.sizeLimit + 1) == 0)
      #expect(throws: Errno.fileTooLarge) { try CredentialFile.read(path) }
    }
  }
}
