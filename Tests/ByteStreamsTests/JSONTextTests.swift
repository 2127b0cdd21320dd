import ByteStreams
import FoundationEssentials
import Testing

@Suite struct JSONTextTests {
  static let nasty: [String] =
    [
      "", "plain", "\"", "\\", "a\"b\\c/d", "\u{8}\u{c}\n\r\t", "\u{7f}\u{80}\u{2028}\u{2029}", "é漢字🦫",
      "\u{FFFD}", "\u{10FFFF}", "/store/unmerged/a b/ü.root",
    ]
    + (0..<32).map {
      "12345678\(Character(Unicode.Scalar(UInt8($0))))x, 123456\(Character(Unicode.Scalar(UInt8($0))))and more"
    }
    + (0..<20).map { String(repeating: "a", count: $0) + "\"" + String(repeating: "é", count: $0) }

  @Test func stringsReadBack() throws {
    var json = JSONText()
    json.beginArray()
    for text in Self.nasty { json.string(text) }
    json.endArray()
    #expect(try JSONDecoder().decode([String].self, from: Data(json.bytes)) == Self.nasty)
    #expect(!json.bytes.contains { $0 < 0x20 })
  }

  @Test(
    arguments: [
      (0, "0"), (1.5, "1.5"), (-0.25, "-0.25"), (0.000_001, "0.000001"), (0.000_000_4, "0"),
      (-0.000_000_1, "0"), (12.000_000_6, "12.000001"), (0.1 + 0.2, "0.3"), (3600, "3600"),
      (1.05, "1.05"), (0.999_999_9, "1"), (1e300, "1e+300"), (.nan, "null"), (-.infinity, "null"),
    ] as [(Double, String)])
  func seconds(value: Double, expected: String) {
    var json = JSONText()
    json.seconds(value)
    #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
  }

  @Test func numbersReadBack() throws {
    let values = [
      0, -0.0, 0.1, .leastNormalMagnitude / 1024, .pi, 1e22, -1.7976931348623157e308, .leastNonzeroMagnitude,
      123_456_789.123,
    ]
    var json = JSONText()
    json.beginArray()
    for value in values { json.number(value) }
    json.endArray()
    #expect(try JSONDecoder().decode([Double].self, from: Data(json.bytes)) == values)
    json = JSONText()
    json.beginArray()
    for value in [0, 7, 10, -1, Int.max, Int.min] { json.integer(value) }
    json.integer(UInt64.max)
    json.endArray()
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == "[0,7,10,-1,9223372036854775807,-9223372036854775808,18446744073709551615]")
  }

  @Test("a member is its name and its value, or null") func members() {
    var json = JSONText()
    json.beginObject()
    json.member("a", "b\"")
    json.member("none", nil as String?)
    json.member("n", UInt32(7))
    json.member("i", 7 as Int?)
    json.member("noNumber", nil as Int?)
    json.member("t", true)
    json.member("unknown", nil as Bool?)
    json.member("s", seconds: 1.5)
    json.member("noTime", seconds: nil)
    json.member("l", ["x", "y"])
    json.beginObject("o")
    json.endObject()
    json.beginArray("e")
    json.endArray()
    json.endObject()
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"a":"b\"","none":null,"n":7,"i":7,"noNumber":null,"t":true,"unknown":null,"s":1.5,"noTime":null,"l":["x","y"],"o":{},"e":[]}"#
    )
  }

  @Test func commas() {
    var json = JSONText()
    json.beginObject()
    json.key("a")
    json.beginArray()
    json.endArray()
    json.key("b")
    json.beginArray()
    json.beginObject()
    json.endObject()
    json.newline()
    json.null()
    json.bool(true)
    json.raw(Array("{}".utf8))
    json.endArray()
    json.key("c")
    json.bool(false)
    json.endObject()
    json.endLine()
    json.integer(1)
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == "{\"a\":[],\"b\":[{},\nnull,true,{}],\"c\":false}\n1")
  }
}
