import Testing

@testable import Campaign

@Suite struct JobIDTests {
  @Test(
    "a job is written with four digits at least",
    arguments: [(1, "0001"), (37, "0037"), (9999, "9999"), (12345, "12345")])
  func text(number: Int, text: String) {
    #expect(JobID(number).description == text)
    #expect(JobID(text: text) == JobID(number))
  }

  @Test("what is no number of a job", arguments: ["", "0", "-1", "1.0", "x", "٣", "99999999999999999999"])
  func wrong(text: String) { #expect(JobID(text: text) == nil) }
}
