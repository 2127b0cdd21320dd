import COpenSSL
import XRootDProtocol

/// Signs the requests of one connection (`kXR_sigver`; XrdSecProtect.cc): the digest of a rising number, the header
/// and the data of a request goes before it, enciphered with the key of the login. For one thread.
final class XRootSigner {
  private let requirements: XRootSecurityRequirements
  private let session: GSISession?
  private var lastNumber: UInt64 = 0

  /// - Parameter session: the key of the login; nil where it has left none.
  init(_ requirements: XRootSecurityRequirements, session: GSISession?) {
    self.requirements = requirements
    self.session = session
  }

  /// Puts the signature of a request before it, where one is needed. A request that cannot be signed stays as it is:
  /// the server refuses it then.
  /// - Parameters:
  ///   - output: what will be sent.
  ///   - start: the first byte of the request, which reaches to the end.
  func sign(_ output: inout [UInt8], from start: Int) {
    guard session != nil || requirements.isForced, output.count - start >= XRootRequest.headerLength,
      let code = XRootRequest.Code(rawValue: BigEndian.uint16(output, start + 2)),
      requirements.areNeeded(for: code)
    else { return }
    lastNumber += 1
    let request = output[start...]
    guard let digest = Self.digest(BigEndian.bytes(lastNumber) + request) else { return }
    guard let signature = session.map({ $0.encrypt(digest) }) ?? digest else { return }
    var frame: [UInt8] = []
    XRootRequest.appendSignature(
      stream: BigEndian.uint16(output, start), of: code, number: lastNumber, signature, to: &frame)
    output.insert(contentsOf: frame, at: start)
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 32)
    return EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 ? digest : nil
  }
}
