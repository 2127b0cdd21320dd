import SiteConf
import Testing

/// B12.
struct ContactStringTests {
  @Test(arguments: [
    ("trivialcatalog_file:/a/b.xml?protocol=p", "/a/b.xml", ["p"], "any"),
    ("trivialcatalog_file:///a/b.xml?protocol=p", "/a/b.xml", ["p"], "any"),
    ("trivialcatalog_file:/a//b.xml?protocol=p,q", "/a//b.xml", ["p", "q"], "any"),
    ("trivialcatalog_file:/a?destination=D&protocol=p", "/a", ["p"], "D"),
    ("trivialcatalog_file:/a?protocol=p&destination=&x=y", "/a", ["p"], "any"),
  ])
  func parts(_ text: String, _ path: String, _ protocols: [String], _ destination: String) throws {
    let contact = try ContactString(text, file: "f")
    #expect(contact.path == path)
    #expect(contact.protocols == protocols)
    #expect(contact.destination == destination)
  }

  @Test(arguments: [
    "", "/a?protocol=p", "file:/a?protocol=p", "trivialcatalog_file:?protocol=p",
    "trivialcatalog_file:a.xml?protocol=p", "trivialcatalog_file:/?protocol=p", "trivialcatalog_file:/a",
    "trivialcatalog_file:/a?protocol=", "trivialcatalog_file:/a?protocol",
  ])
  func refused(_ text: String) throws {
    let problem = try #require(throws: SiteConfProblem.self) {
      try ContactString(text, file: "f", line: 3)
    }
    #expect(problem.file == "f" && problem.line == 3)
  }
}
