import Deletion

/// The error codes of the XRootD protocol (specification 5.x, `kXR_error`; XErrorCode in XProtocol.hh), and what
/// they mean for a deletion. One table for the native client and for what `xrdfs` prints.
enum XRootErrorCode {
  static let invalidRequest = 3006
  static let notFound = 3011
  static let unsupported = 3013
  static let isDirectory = 3016
  static let signatureWanted = 3022

  /// The class of a code; the server's words decide where the code alone does not (3005, its catch-all).
  static func errorClass(_ code: Int, text: String) -> ErrorClass {
    switch code {
    case 3011: .absent
    case 3010, 3022, 3023, 3028, 3030: .auth
    case 3005:
      ["not empty", "is a directory", "not a directory"].contains(where: text.lowercased().contains)
        ? .permanent : .transient
    case 3000, 3001, 3002, 3006, 3013, 3015, 3016, 3018, 3025, 3031, 3032: .permanent
    case 3003, 3007, 3008, 3009, 3012, 3014, 3017, 3020, 3021, 3029, 3034, 3035: .transient
    case 3024: .overload
    default: .unknown
    }
  }

  /// Whether a removal that ended so may have been done: the server gave up waiting for it.
  static func isAmbiguous(_ code: Int) -> Bool { code == 3034 || code == 3035 }
}
