import ArgumentParser
import Backends
import ByteStreams
import CommandSupport
import DeletionEngine
import DeletionModel
import ProcessRunning

/// `swab backends`.
struct BackendsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backends",
    abstract: "Show the backends, and which of them serves which stage-out command and PFN scheme.")

  @Flag(name: .long, help: "Print JSON.")
  var json = false
  @OptionGroup var messages: MessageOptions

  func run() {
    let environment = ProcessEnvironment.current
    let registry = BackendRegistry.standard(time: SystemTime(), variables: environment)
    let search = ExecutableSearch(path: environment["PATH"])
    if json {
      Terminal.write(Self.json(registry, search))
    } else {
      for line in Self.lines(registry, search) { Terminal.say(line) }
    }
  }

  private static func lines(_ registry: BackendRegistry, _ search: ExecutableSearch) -> [String] {
    var rows = [["backend", "what it is", "needs", "schemes"]]
    for entry in registry.entries {
      rows.append([entry.name, entry.summary, needs(entry, search), entry.schemes.joined(separator: " ")])
    }
    var choice = [["command", "schemes", "backend", "gives way to"]]
    for row in BackendChoice.table {
      choice.append([row.command, row.schemes.joined(separator: " "), row.backend, way(row.handOver)])
    }
    return TextTable.lines(rows) + [""] + TextTable.lines(choice)
  }

  private static func way(_ handOver: BackendChoice.HandOver?) -> String {
    guard let handOver else { return "" }
    return "\(handOver.fallbacks.joined(separator: ", else ")), where \(handOver.condition)"
  }

  private static func needs(_ entry: BackendRegistry.Entry, _ search: ExecutableSearch) -> String {
    guard let tool = entry.tool else { return "nothing" }
    return search.find(tool) == nil ? "\(tool) (not here)" : tool
  }

  /// Its schema's name.
  static let schema = "swab.backends/1"

  private static func json(_ registry: BackendRegistry, _ search: ExecutableSearch) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", schema)
    json.beginArray("backends")
    for entry in registry.entries {
      json.beginObject()
      json.member("name", entry.name)
      json.member("summary", entry.summary)
      json.member("schemes", entry.schemes)
      json.member("tool", entry.tool)
      json.member("toolPath", entry.tool.flatMap(search.find))
      json.endObject()
    }
    json.endArray()
    json.beginArray("choice")
    for row in BackendChoice.table {
      json.beginObject()
      json.member("command", row.command)
      json.member("schemes", row.schemes)
      json.member("backend", row.backend)
      json.member("fallbacks", row.handOver?.fallbacks ?? [])
      json.member("fallbackCondition", row.handOver?.condition)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    json.endLine()
    return json.bytes
  }
}
