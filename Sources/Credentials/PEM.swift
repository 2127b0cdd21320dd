import FoundationEssentials

/// The text form of certificates and keys (RFC 7468).
package enum PEM {
  /// What a file of PEM blocks holds. Of keys only that they are there: their bytes are checked and dropped.
  package struct Contents: Equatable {
    /// The DER bytes of each certificate, in file order.
    package var certificates: [[UInt8]] = []
    /// Whether there is a private key.
    package var hasKey = false
    /// Whether the private key asks for a pass phrase.
    package var isKeyEncrypted = false
  }

  /// Why a file is not PEM.
  package enum ParseError: Error, Equatable {
    /// There is no block in it at all.
    case noBlock
    /// A block has no end.
    case truncated
    /// What stands in a block is not base64.
    case notBase64

    package var problem: String {
      switch self {
      case .noBlock: "not a PEM file"
      case .truncated: "the file is cut short: a PEM block has no end"
      case .notBase64: "a PEM block is not base64"
      }
    }
  }

  /// Reads a file. Text outside the blocks is skipped, as everybody does: `openssl x509 -text` puts it there.
  package static func read(_ bytes: [UInt8]) throws(ParseError) -> Contents {
    var contents = Contents()
    var block: (label: String, body: [UInt8], isEncrypted: Bool)?
    var sawBlock = false
    for raw in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      let line = BearerTokenSyntax.stripped(raw)
      if let label = label(line, after: "-----BEGIN ") {
        if block != nil { throw .truncated }
        block = (label, [], false)
        sawBlock = true
      } else if let label = label(line, after: "-----END ") {
        guard let complete = block, complete.label == label else { throw .truncated }
        try contents.add(label: complete.label, body: complete.body, isEncrypted: complete.isEncrypted)
        block = nil
      } else if block != nil {
        // Headers (RFC 1421), as `Proc-Type: 4,ENCRYPTED`, are known by their colon.
        if line.contains(UInt8(ascii: ":")) {
          if line.starts(with: "Proc-Type:".utf8) { block?.isEncrypted = true }
        } else {
          block?.body.append(contentsOf: line)
        }
      }
    }
    if block != nil { throw .truncated }
    if !sawBlock { throw .noBlock }
    return contents
  }

  private static func label(_ line: [UInt8], after start: String) -> String? {
    let dashes = "-----"
    guard line.starts(with: start.utf8), line.suffix(dashes.utf8.count).elementsEqual(dashes.utf8),
      line.count >= start.utf8.count + dashes.utf8.count
    else { return nil }
    return String(decoding: line.dropFirst(start.utf8.count).dropLast(dashes.utf8.count), as: UTF8.self)
  }
}

extension PEM.Contents {
  fileprivate mutating func add(label: String, body: [UInt8], isEncrypted: Bool) throws(PEM.ParseError) {
    let isKey = label.hasSuffix("PRIVATE KEY")
    let isCertificate = label == "CERTIFICATE" || label == "X509 CERTIFICATE"
    // Parameters, revocation lists and the like are nobody's concern here.
    guard isKey || isCertificate else { return }
    guard !body.isEmpty, let decoded = Data(base64Encoded: Data(body)) else { throw .notBase64 }
    if isKey {
      hasKey = true
      isKeyEncrypted = isKeyEncrypted || isEncrypted || label == "ENCRYPTED PRIVATE KEY"
    } else {
      certificates.append(Array(decoded))
    }
  }
}
