import ByteStreams
import FoundationEssentials
import Testing

@Suite struct DecodingProblemTests {
  private struct Document: Decodable {
    struct Job: Decodable { var number: Int }
    enum Color: String, Decodable { case red }
    var name: String
    var jobs: [Job]?
    var color: Color?
  }

  @Test(
    "one line says where a document is wrong",
    arguments: [
      ("", "it is not valid JSON: "), ("{\"name\":", "it is not valid JSON: "),
      ("[]", "it is no x/1: Expected"),
      ("{}", "it is no x/1: \"name\" is missing"),
      (#"{"name":"a","jobs":[{"number":1},{}]}"#, "it is no x/1: \"jobs[1].number\" is missing"),
      (#"{"name":7}"#, "it is no x/1: \"name\": Expected"), (#"{"name":null}"#, "it is no x/1: \"name\": "),
      (#"{"name":"a","jobs":[{"number":"1"}]}"#, "it is no x/1: \"jobs[0].number\": Expected"),
      (#"{"name":"a","color":"blue"}"#, "it is no x/1: \"color\": "),
    ])
  func message(json: String, message: String) throws {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Document.self, from: Data(json.utf8))
    }
    let text = try #require(error).problem(with: "x/1")
    #expect(text.hasPrefix(message) && !text.contains("\n"), "\(text)")
  }
}
