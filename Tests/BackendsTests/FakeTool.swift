import Backends
import TestSupport

/// A real script on disk that stands in for a tool.
final class FakeTool: Sendable {
  let folder: TemporaryFolder
  let path: String

  /// Writes the script; `$HERE` in it is a folder of its own.
  init(_ script: String, name: String = "tool") throws {
    folder = try TemporaryFolder()
    path = folder.path + "/" + name
    Disk.write(path, "#!/bin/bash\nHERE=\(folder.path)\n" + script + "\n", mode: 0o755)
  }

  /// What the script wrote beside itself.
  func note(_ name: String) -> String { Disk.read(folder.path + "/" + name) }
}
