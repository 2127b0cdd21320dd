import Testing
@testable import Credentials

@Suite struct PEMTests {
  static let block = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n"

  @Test func blocks() throws {
    let key = "-----BEGIN RSA PRIVATE KEY-----\r\nAQID\r\n-----END RSA PRIVATE KEY-----\r\n"
    let contents = try PEM.read(Array("Subject: x\n\(Self.block)\(key)\nmore\n\(Self.block)".utf8))
    #expect(contents.certificates == [[1, 2, 3], [1, 2, 3]])
    #expect(contents.hasKey)
    #expect(!contents.isKeyEncrypted)
  }

  @Test func encryptedKeys() throws {
    for key in [
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----",
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,B\n\nAQID\n-----END EC PRIVATE KEY-----",
    ] {
      let contents = try PEM.read(Array(key.utf8))
      #expect(contents.hasKey && contents.isKeyEncrypted)
    }
  }

  @Test(arguments: [
    ("", PEM.ParseError.noBlock), ("garbage", .noBlock), ("-----BEGIN -----", .truncated),
    ("-----BEGIN CERTIFICATE-----\nAQID\n", .truncated), (block + "-----BEGIN CERTIFICATE-----", .truncated),
    ("-----BEGIN CERTIFICATE-----\nAQID\n-----END X-----", .truncated),
    ("-----BEGIN CERTIFICATE-----\n" + block, .truncated),
    ("-----END CERTIFICATE-----", .truncated),
    ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", .notBase64),
    ("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----", .notBase64),
    ("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----", .notBase64),
  ])
  func problems(text: String, expected: PEM.ParseError) {
    #expect(throws: expected) { try PEM.read(Array(text.utf8)) }
  }
}
