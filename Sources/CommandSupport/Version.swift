import CLibCurl
import CLibXML2
import CLinux
import CPCRE2
import CZlib
import DeletionModel
import JobReports

/// What an executable of this package is.
package enum Version {
  /// The commit it was built from, or `unknown` outside of `make static`.
  package static var commit: String { String(cString: swab_build_commit()) }

  /// For reports.
  package static func tool(_ name: String) -> JobReport.Tool {
    .init(name: name, version: Release.version, commit: commit)
  }

  /// For `--version`.
  package static func text(_ name: String) -> String {
    let libraries = LinkedLibraries.all.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    return "\(name) \(Release.version) (\(commit))\n\(libraries)"
  }
}

/// The C libraries that this executable is linked with, as they say of themselves at run time.
package enum LinkedLibraries {
  /// One library.
  package struct Library: Equatable {
    /// What it is called.
    package let name: String
    /// Its version, without a date or other words.
    package let version: String
  }

  /// All of them, with what libcurl brings along, in a fixed order.
  package static var all: [Library] {
    var libraries = [
      Library(name: "libxml2", version: xmlVersion()),
      Library(name: "zlib", version: String(cString: zlibVersion())),
      Library(name: "PCRE2", version: pcre2Version()),
    ]
    libraries += curlVersions()
    return libraries
  }

  /// libxml2 gives one number, with words behind it where it was built from a clone: `20914-GITv2.9.14`.
  private static func xmlVersion() -> String {
    guard let pointer = __xmlParserVersion().pointee else { return "unknown" }
    let text = String(cString: pointer)
    guard let number = Int(text.prefix { $0.isNumber }) else { return text }
    return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
  }

  private static func pcre2Version() -> String {
    var buffer = [UInt8](repeating: 0, count: 64)
    guard pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), &buffer) > 0 else { return "unknown" }
    // "10.42 2022-12-11"
    return String(decoding: buffer.prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self)
  }

  private static func curlVersions() -> [Library] {
    guard let info = curl_version_info(CURLVERSION_SIXTH) else { return [] }
    var libraries = [Library(name: "libcurl", version: String(cString: info.pointee.version))]
    if let tls = info.pointee.ssl_version {
      // "OpenSSL/3.0.16"
      let parts = String(cString: tls).split(separator: "/", maxSplits: 1)
      if parts.count == 2 {
        libraries.append(Library(name: String(parts[0]), version: String(parts[1])))
      }
    }
    if let http2 = info.pointee.nghttp2_version {
      libraries.append(Library(name: "nghttp2", version: String(cString: http2)))
    }
    return libraries
  }
}
