import TestSupport

/// The JSON Schema that an executable prints for a document, and a validator that is not ours.
package struct ReportSchema: Sendable {
  /// Of the job report.
  package static let job = ReportSchema(printedBy: Repository.builtSwab)
  /// Of the campaign report.
  package static let campaign = ReportSchema(printedBy: Repository.builtSwabSubmit)

  private let program: String
  private let arguments: [String]

  /// The one that this executable prints with `report schema`.
  package init(printedBy program: String) {
    self.program = program
    arguments = ["report", "schema"]
  }

  /// The one that this executable prints with `schema`.
  package init(of document: String, printedBy program: String) {
    self.program = program
    arguments = ["schema", document]
  }

  private static let script = """
    import json, jsonschema, subprocess, sys
    program, document, isComplete = sys.argv[1], sys.argv[2], sys.argv[3] == "complete"
    schema = json.loads(subprocess.run([program] + sys.argv[4:], check=True, stdout=subprocess.PIPE).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    def close(node, path):
        for name, member in node.get("properties", {}).items():
            if len(member.get("description", "")) < 4: print(path + "." + name, "is not described")
        if "properties" in node: node["additionalProperties"] = False
        for key in ("properties", "$defs"):
            for name, member in node.get(key, {}).items(): close(member, path + "." + name)
        if "items" in node: close(node["items"], path + "[]")
    if isComplete: close(schema, "$")
    for problem in jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(document))):
        print(problem.json_path, problem.message[:300])
    """

  /// What is wrong with a document, a line each; none where it is valid.
  ///
  /// - Parameter isComplete: whether a member that the schema does not describe is wrong as well.
  /// - Throws: ``TestFailure`` where there is no schema, or no JSON in the file.
  package func problems(_ document: String, isComplete: Bool = false) async throws -> [String] {
    let done = try await SwabCommand.run(
      command: [
        "/usr/bin/python3", "-c", Self.script, program, document, isComplete ? "complete" : "open",
      ] + arguments)
    guard done.code == 0 else { throw TestFailure("\(program), \(document): \(done.messages)") }
    return done.output.split(separator: "\n").map(String.init)
  }

  /// What is wrong with a document or missing in its schema.
  package func problems(in document: [UInt8]) async throws -> [String] {
    let directory = try TemporaryDirectory()
    Disk.write(directory.path + "/document", bytes: document)
    return try await problems(directory.path + "/document", isComplete: true)
  }
}
