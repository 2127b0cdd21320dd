import FoundationEssentials
import Synchronization
import TestSupport

typealias Report = JobReportFile

extension JobReportFile {
  /// Reads a report, gzipped or not, after it has passed every check of ``ReportChecks``.
  init(_ path: String) throws { try self.init(json: ReportChecks.shared.check(path)) }
}

/// A real validator of JSON Schema, which also adds up the counts. One process for all reports: to load the
/// library takes longer than to check a hundred of them.
final class ReportChecks: Sendable {
  static let shared = ReportChecks()

  private let validator = Mutex<Int32?>(nil)

  /// Checks a report and gives its JSON.
  ///
  /// - Throws: ``TestFailure`` with what is wrong with it.
  func check(_ path: String) throws -> [UInt8] {
    let answer = try validator.withLock { validator in
      let descriptor = try validator ?? Self.start()
      validator = descriptor
      return try Self.ask(path, descriptor)
    }
    guard answer.first == UInt8(ascii: "+") else {
      throw TestFailure("\(path): \(String(decoding: answer.dropFirst(), as: UTF8.self))")
    }
    return Array(answer.dropFirst())
  }

  private static let script = """
    import collections, gzip, json, subprocess, sys
    import jsonschema

    schema = subprocess.run([sys.argv[1], "report", "schema"], check=True, capture_output=True).stdout
    validator = jsonschema.Draft202012Validator(json.loads(schema))
    jsonschema.Draft202012Validator.check_schema(validator.schema)
    outcomes = ["deleted", "absent", "failed", "refused", "notAttempted"]

    def check(path):
        raw = open(path, "rb").read()
        assert raw.startswith(b"\\x1f\\x8b") == path.endswith(".gz"), "gzipped or not, against its name"
        if path.endswith(".gz"):
            raw = gzip.decompress(raw)
        report = json.loads(raw.decode("utf-8"))
        validator.validate(report)
        summary, exit = report["summary"], report["exit"]
        assert sum(summary[o] for o in outcomes) == summary["requested"], "the five counts don't add up"
        assert "\\n" not in exit["reason"], "the reason is several lines"
        # Suspect files are called absent.
        errors = sum(e["count"] for e in report["errors"] if e["class"] != "suspect")
        left = summary["failed"] + summary["refused"]
        assert left <= errors <= left + summary["notAttempted"], "the errors don't add up"
        for outcome in outcomes[:3]:
            there = sum(s[outcome] for s in report["storage"])
            assert there == summary[outcome], outcome + " differs by storage"
        assert ("files" in report) == ("steps" in report), "files and steps go together"
        if "files" in report:
            seen = collections.Counter(f["outcome"] for f in report["files"])
            for outcome in outcomes if seen["deleted"] + seen["absent"] else outcomes[2:]:
                assert seen[outcome] == summary[outcome], outcome + " differs by file"
            cleanup = report["steps"]["swab"]["cleanup"]
            gone = summary["deleted"] + summary["absent"]
            assert len(cleanup["removed"]) == gone, "removed"
            assert len(cleanup["unremoved"]) == summary["requested"] - gone, "unremoved"
        return raw

    for line in sys.stdin:
        try:
            answer = b"+" + check(json.loads(line))
        except Exception as error:
            answer = ("-" + type(error).__name__ + ": " + str(error)[:600]).encode()
        sys.stdout.buffer.write(b"%d\\n" % len(answer) + answer)
        sys.stdout.buffer.flush()
    """

  private static func start() throws -> Int32 {
    try Conversation.start("/usr/bin/python3", ["-c", script, Repository.builtSwab])
  }

  private static func ask(_ path: String, _ validator: Int32) throws -> [UInt8] {
    try Conversation.write(JSONEncoder().encode([path]).dropFirst().dropLast() + [10], to: validator)
    var length = 0
    while true {
      let byte = try Conversation.read(1, from: validator)
      if byte == [10] { break }
      length = length * 10 + Int(byte[0]) - 48
    }
    return try Conversation.read(length, from: validator)
  }
}
