import FoundationEssentials
import SystemPackage
@testable import Credentials

/// Files in memory, and errors in their place.
struct FakeFiles: Sendable {
  var files: [String: Result<CredentialFile, Errno>] = [:]

  mutating func add(_ path: String, _ bytes: some Sequence<UInt8>, mode: CModeT = 0o600) {
    files[path] = .success(CredentialFile(bytes: Array(bytes), permissions: FilePermissions(rawValue: mode)))
  }

  mutating func add(_ path: String, error: Errno) { files[path] = .failure(error) }

  var reader: CredentialFile.Reader {
    let files = files
    return { path throws(Errno) in
      guard let file = files[path.string] else { throw .noSuchFileOrDirectory }
      return try file.get()
    }
  }

  func inspect(_ environment: [String: String], now: Date = .now) -> [CredentialFinding] {
    CredentialInspection.inspect(environment: environment, euid: 7, read: reader, now: now)
  }
}

typealias CModeT = CInterop.Mode

/// A token with these claims, and no real signature.
func jwt(_ claims: String, header: String = #"{"alg":"RS256","typ":"JWT"}"#) -> String {
  [header, claims, "signature"].map { part in
    Data(part.utf8).base64EncodedString().filter { $0 != "=" }
      .map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()
  }.joined(separator: ".")
}
