@testable import Credentials

extension FuzzTarget {
  /// Tokens and certificates.
  static let credentials = [
    FuzzTarget("token") { bytes in
      _ = BearerTokenSyntax.isBearerToken(BearerTokenSyntax.stripped(bytes))
      _ = TokenClaims.read(Secret(bytes.text))
    },
    FuzzTarget("certificate") { bytes in
      _ = try? X509Certificate(der: bytes)
      _ = try? PEM.read(bytes)
    },
  ]
}
