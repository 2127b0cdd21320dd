import DeletionModel
import TestSupport
import Testing
@testable import XRootDProtocol
@testable import BackendXRootD
@testable import Credentials

/// The bytes of the protocol.
@Suite struct XRootFrameTests {
  static func frames(_ bytes: [UInt8], by size: Int) throws(XRootProtocolError) -> [XRootReply] {
    var reader = XRootReplyReader()
    var result: [XRootReply] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { reader.append($0) }
      while let reply = try reader.next() { result.append(reply) }
    }
    return result
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 1000]) func `answers are found however they are cut`(_ size: Int) throws
  {
    let bytes =
      XRootDFrames.frame(1, 0, []) + XRootDFrames.frame(0x1234, 4003, XRootDFrames.error(3011, "gone"))
      + XRootDFrames.frame(2, 0, Array(repeating: 5, count: 300))
    let replies = try Self.frames(bytes, by: size)
    #expect(replies.map(\.stream) == [1, 0x1234, 2])
    #expect(replies.map(\.status) == [.ok, .error, .ok])
    #expect(try XRootServerError(replies[1].body) == XRootServerError(XRootDFrames.error(3011, "gone")))
    #expect(try XRootServerError(replies[1].body).text == "gone")
    #expect(replies[2].body.count == 300)
    // What is cut off is no answer.
    #expect(try Self.frames(Array(bytes.dropLast()), by: size).count == 2)
  }

  @Test(
    arguments: [
      [0, 1, 0, 0, 0x80, 0, 0, 0], [0, 1, 0, 0, 0x00, 0x10, 0, 1], [0, 1, 0, 1, 0, 0, 0, 0],
      Array("HTTP/1.1".utf8),
    ] as [[UInt8]]) func `lying lengths and unknown states are problems`(_ bytes: [UInt8])
  {
    #expect(throws: XRootProtocolError.self) { try Self.frames(bytes, by: 8) }
  }

  @Test func `many answers need no growing buffer`() throws {
    var reader = XRootReplyReader()
    let frame = XRootDFrames.frame(3, 0, Array(repeating: 1, count: 100))
    for _ in 0..<5000 {
      frame.withUnsafeBytes { reader.append($0) }
      #expect(try reader.next() != nil)
      #expect(reader.isEmpty)
    }
  }

  @Test func `requests are what the specification says`() {
    var bytes: [UInt8] = []
    XRootRequest.appendPath(.rm, stream: 0x0102, path: Array("/f".utf8), to: &bytes)
    #expect(
      bytes == [1, 2, 0x0b, 0xc6] + [UInt8](repeating: 0, count: 16) + [0, 0, 0, 2] + Array("/f".utf8))
    bytes = []
    XRootRequest.appendStatx(stream: 1, paths: [Array("/a".utf8), Array("/b".utf8)], to: &bytes)
    #expect(
      bytes == [0, 1, 0x0b, 0xce] + [UInt8](repeating: 0, count: 16) + [0, 0, 0, 5] + Array("/a\n/b".utf8))
    bytes = []
    XRootRequest.appendHandshake(to: &bytes)
    XRootRequest.appendProtocol(wantsTLS: true, to: &bytes)
    #expect(bytes.count == 44 && Array(bytes[12..<20]) == [0, 0, 0, 4, 0, 0, 7, 0xdc])
    #expect(Array(bytes[20..<30]) == [0, 0, 0x0b, 0xbe, 0, 0, 5, 0x11, 7, 3])
    bytes = []
    XRootRequest.appendLogin(user: "averylongname", process: 1, to: &bytes)
    #expect(bytes.count == 24 && Array(bytes[8..<16]) == Array("averylon".utf8))
    bytes = []
    XRootRequest.appendAuth("ztn", credential: [9], to: &bytes)
    #expect(Array(bytes[16..<25]) == Array("ztn\0".utf8) + [0, 0, 0, 1, 9])
  }

  @Test func `credentials`() {
    #expect(
      XRootCredentials.ztn(Secret("abc")) == Array("ztn\0".utf8) + [0, 0x54, 0, 0, 0, 4] + Array("abc\0".utf8)
    )
    #expect(XRootCredentials.ztn(Secret(String(repeating: "a", count: 65_535))) == nil)
    #expect(XRootCredentials.unix(XRootUser(name: "u", group: "g")) == Array("unix\0u g\0".utf8))
    #expect(XRootCredentials.unix(XRootUser(name: "u", group: "")) == Array("unix\0u\0".utf8))
    #expect(XRootCredentials.host == Array("host\0".utf8))
    for (text, limit) in [("0:4096:", 4096), ("TLS:0:100:", 100), ("", 4096), ("x", 4096), ("0:y:", 4096)] {
      #expect(XRootCredentials.longestToken(text) == limit)
    }
  }

  @Test func `bodies that are too short are problems`() {
    for length in 0..<8 {
      let body = [UInt8](repeating: 0, count: length)
      #expect(throws: XRootProtocolError.self) { try XRootServerTraits(body) }
      if length < 4 {
        #expect(throws: XRootProtocolError.self) { try XRootServerError(body) }
        #expect(throws: XRootProtocolError.self) { try XRootWait.seconds(body) }
        #expect(throws: XRootProtocolError.self) { try XRootAttention.reply(body) }
      }
      #expect(throws: XRootProtocolError.self) { try XRootRedirect(body) }
    }
    for length in 1..<16 {
      #expect(throws: XRootProtocolError.self) {
        try XRootAuthOffer.read([UInt8](repeating: 1, count: length))
      }
    }
    #expect(throws: XRootProtocolError.self) { try XRootWait.seconds([0xff, 0xff, 0xff, 0xff]) }
  }

  @Test func `an answer inside a notice must fill it exactly`() throws {
    let head = XRootDFrames.number(5008) + XRootDFrames.number(0)
    let inner = XRootDFrames.frame(5, 0, [1, 2])
    #expect(try XRootAttention.reply(head + inner)?.stream == 5)
    #expect(try XRootAttention.reply(XRootDFrames.number(5002)) == nil)
    for bad in [[], Array(inner.dropLast()), inner + [0], XRootDFrames.frame(5, 4001, head + inner)] {
      #expect(throws: XRootProtocolError.self) { try XRootAttention.reply(head + bad) }
    }
  }

  @Test func `offers`() throws {
    let session = [UInt8](repeating: 1, count: 16)
    func read(_ text: String) throws -> [String] {
      try XRootAuthOffer.read(session + Array(text.utf8)).map { "\($0.name)(\($0.parameters))" }
    }
    #expect(try read("") == [])
    #expect(try read("\0") == [])
    #expect(
      try read("&P=gsi,v:10400,c:ssl,ca:5168735f.0&P=ztn,0:4096:&P=host\0junk") == [
        "gsi(v:10400,c:ssl,ca:5168735f.0)", "ztn(0:4096:)", "host()",
      ])
    #expect(throws: XRootProtocolError.self) { try read("nonsense") }
    #expect(throws: XRootProtocolError.self) { try read("&P=") }
    #expect(throws: XRootProtocolError.self) { try read("&P=waytoolongname") }
  }

  @Test func `kinds of paths`() throws {
    func kind(_ text: String) throws -> XRootPathKind { try XRootStat(Array(text.utf8)).kind }
    for (size, known) in [("2", 2), ("0", 0), ("9223372036854775807", Int.max), ("-1", nil), ("x", nil)] {
      #expect(try XRootStat(Array("1 \(size) 48 3".utf8)).facts.size == known)
    }
    for (time, known) in [("3", 3), ("0", nil), ("-1", nil), ("x", nil)] as [(String, Int64?)] {
      #expect(
        try XRootStat(Array("1 2 48 \(time)".utf8)).facts.written == known.map { StorageTime(seconds: $0) })
    }
    #expect(try kind("1 2 48 3\0") == .other)
    #expect(try kind("1 4096 51 3 4 5 0755 u g\0") == .directory)
    #expect(try kind("1 0 2 3") == .directory)
    for bad in ["", "1 2 3", "a b c d", "1 2 -2 3", "1 2 99999999999 3"] {
      #expect(throws: XRootProtocolError.self) { try kind(bad) }
    }
    #expect(
      [0, 2, 3, 8, 255].map { XRootPathKind(statx: $0) } == [
        .other, .directory, .directory, .unclear, .directory,
      ])
  }

  @Test(arguments: [
    ("host", "host:1094", ""), ("host?a=b", "host:1094", "a=b"), ("host?a=b?token", "host:1094", "a=b"),
    ("2001:db8::1", "[2001:db8::1]:1094", ""), ("[2001:db8::1]?x", "[2001:db8::1]:1094", "x"),
    ("[::ffff:10.0.0.1]", "[::ffff:10.0.0.1]:1094", ""),
  ]) func `redirects`(_ text: String, _ address: String, _ opaque: String) throws {
    for port in [UInt32(0), 1094] {
      let redirect = try XRootRedirect(XRootDFrames.number(port) + Array(text.utf8))
      #expect(redirect.address.text == address && redirect.opaque == opaque)
    }
  }

  @Test func `names as they are sent`() throws {
    func text(_ pfn: String, _ lfn: String = "/f") throws -> String? {
      let target = DeletionTarget(lfn: lfn, pfn: try #require(PFN(pfn)))
      return try? XRootAddress(target).text
    }
    #expect(try text("root://h:1//store/f") == "/store/f")
    #expect(try text("xroots://h//store/f?a=b") == "/store/f?a=b")
    #expect(try text("root://h//eos/per%41 cent") == "/eos/per%41 cent")
    #expect(try text("root://h//store/f?authz=secret") == nil)
    #expect(try text("root://h//store/a\nb") == nil)
    #expect(try text("root://h//store/f", "/store/f?x") == nil)
    #expect(try text("davs://h//store/f") == nil)
    #expect(try text("root://h/") == nil)
  }
}
