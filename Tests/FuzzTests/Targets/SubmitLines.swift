/// What condor_submit must find in every description, whatever was configured: our own commands, each once, and no macros
/// but ours. Written apart from what makes the description.
enum SubmitLines {
  private static let commands: Set<String> = [
    "universe", "grid_resource", "batch_name", "executable", "arguments", "environment", "initialdir",
    "should_transfer_files", "transfer_input_files", "transfer_output_files", "output", "error", "log",
    "log_xml",
    "notification", "submit_event_user_notes", "when_to_transfer_output", "transfer_checkpoint_files",
    "job_ad_information_attrs",
    "checkpoint_exit_code",
    "request_cpus", "request_memory", "request_disk", "requirements", "priority", "accounting_group",
    "accounting_group_user", "container_image", "transfer_container", "use_oauth_services",
    "use_x509userproxy", "x509userproxy", "periodic_remove", "max_retries", "retry_until", "periodic_release",
    "max_materialize", "max_idle", "concurrency_limits",
  ]

  /// Ends the process where a line is not what it has to be.
  static func check(_ text: String) {
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    guard let queue = lines.firstIndex(of: "queue job from (") else { return demand(false, "no queue") }
    let tail = lines[(queue + 1)...]
    demand(Array(tail.suffix(2)) == [")", ""], "something behind the jobs")
    demand(tail.dropLast(2).allSatisfy { $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }, "a job that is none")
    demand(lines.first?.utf8.first == UInt8(ascii: "#"), "no comment at the top")
    var seen: Set<String> = []
    for line in lines[..<queue].dropFirst() where !line.isEmpty { check(line: line, &seen) }
    for line in lines {
      demand(line.utf8.last != UInt8(ascii: "\\"), "a line that takes the next one: \(line)")
    }
  }

  private static func check(line: String, _ seen: inout Set<String>) {
    let bytes = line.utf8
    demand(bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a control character: \(line)")
    let name = String(Substring(bytes.prefix { $0 != 0x20 }))
    let value = bytes.dropFirst(name.utf8.count)
    demand(value.starts(with: " = ".utf8) && value.count > 3, "no command with a value: \(line)")
    let attribute = name.utf8.starts(with: "My.".utf8)
    if attribute {
      demand(isPlain(name.utf8.dropFirst(3), also: ""), "no attribute: \(line)")
    } else if !commands.contains(name) {
      let ends = ["_oauth_permissions", "_oauth_resource"]
      guard let end = ends.first(where: { name.hasSuffix($0) }) else {
        return demand(false, "another command: \(line)")
      }
      demand(isPlain(name.utf8.dropLast(end.utf8.count), also: "-"), "no service: \(line)")
    }
    // Of an attribute the last line counts, and that is the site's.
    demand(attribute || seen.insert(name.lowercased()).inserted, "\(name) twice")
    checkMacros(
      line, mayMatch: attribute || name == "requirements",
      isOurs: ["initialdir", "My.SwabJob"].contains(name))
  }

  private static func isPlain(_ name: some Collection<UInt8>, also more: String) -> Bool {
    !name.isEmpty
      && name.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F
          || more.utf8.contains($0)
      }
  }

  private static func checkMacros(_ line: String, mayMatch: Bool, isOurs: Bool) {
    var rest = Substring(line).utf8
    while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
      rest = rest[dollar...]
      let known = ["$(DOLLAR)"] + (isOurs ? ["$(job)"] : []) + (mayMatch ? ["$$("] : [])
      guard let macro = known.first(where: { rest.starts(with: $0.utf8) }) else {
        return demand(false, "a macro: \(line)")
      }
      rest = rest.dropFirst(macro.utf8.count)
    }
  }
}
