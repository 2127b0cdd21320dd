import TestSupport

/// The JSON Schema that an executable prints for its reports, and a validator that is not ours.
package struct ReportSchema: Sendable {
  /// Of the job report.
  package static let job = ReportSchema(printedBy: Repository.builtSwab)
  /// Of the campaign report.
  package static let campaign = ReportSchema(printedBy: Repository.builtSwabSubmit)

  private let program: String

  /// The one that this executable prints with `report schema`.
  package init(printedBy program: String) { self.program = program }

  private static let script = """
    import json, jsonschema, subprocess, sys
    schema = json.loads(subprocess.run([sys.argv[1], "report", "schema"], check=True, stdout=subprocess.PIPE).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    for problem in jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2]))):
        print(problem.json_path, problem.message[:300])
    """

  /// What is wrong with a report, a line each; none where it is valid.
  ///
  /// - Throws: ``TestFailure`` where there is no schema, or no JSON in the file.
  package func problems(_ report: String) async throws -> [String] {
    let done = try await SwabCommand.run(command: ["/usr/bin/python3", "-c", Self.script, program, report])
    guard done.code == 0 else { throw TestFailure("\(program), \(report): \(done.messages)") }
    return done.output.split(separator: "\n").map(String.init)
  }
}
