import DeletionModel
import Networking

/// The error codes of the XRootD protocol (specification 5.x, `kXR_error`; XErrorCode in XProtocol.hh), and what
/// they mean for a deletion. One table for the native client and for what `xrdfs` prints.
package enum XRootErrorCode {
  package static let invalidRequest = 3006
  package static let notFound = 3011
  package static let unsupported = 3013
  package static let isDirectory = 3016
  package static let exists = 3018

  /// The class of a code; the server's words decide where the code alone does not (3005, its catch-all).
  package static func errorClass(_ code: Int, text: String) -> ErrorClass {
    switch code {
    case 3011: .absent
    case 3010, 3022, 3023, 3028, 3030: .auth
    case 3005, 3018:
      // Newer servers say 3018 of a directory with entries, managers of a copy that can't be removed.
      isReadOnly(text)
        ? .endpoint
        : code == 3018
          || ["not empty", "is a directory", "not a directory"].contains(where: text.lowercased().contains)
          ? .permanent : .transient
    case 3000, 3002, 3015, 3016: .permanent
    case 3001, 3006, 3013, 3025, 3031, 3032: .endpoint
    case 3003, 3007, 3008, 3009, 3012, 3014, 3017, 3020, 3021, 3029, 3034, 3035: .transient
    case 3024: .overload
    default: .unknown
    }
  }

  /// Whether the words say that a storage, or one copy in it, is read-only: that is no property of the file.
  private static func isReadOnly(_ text: String) -> Bool {
    let message = text.lowercased()
    return (ClusterMessages.readOnlyServer + ["read-only file system", "is r/o"]).contains(
      where: message.contains)
  }

  /// Whether a server of this version takes `kXR_stat` for reading, so that a token with `storage.modify` alone may not
  /// ask: XRootD before 5.6.9.
  /// - Parameter body: the answer to `kXR_query` for `version`, such as `v5.5.3`.
  package static func refusesStat(version body: [UInt8]) -> Bool {
    let text = String(decoding: body.prefix { $0 > 0x20 }, as: UTF8.self)
    guard text.utf8.first == UInt8(ascii: "v") else { return false }
    let numbers = text.dropFirst().split(separator: ".").map { Int($0) }
    guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
      return false
    }
    return major == 5 && (minor, patch) < (6, 9)
  }

  /// Whether a removal that ended so may have been done: the server gave up waiting for it.
  package static func isAmbiguous(_ code: Int) -> Bool { code == 3034 || code == 3035 }
}
