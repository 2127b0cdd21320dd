/// A script for bash on disk that stands in for a tool.
package final class ShellTool: Sendable {
  /// Where it stands, and what it leaves.
  package let directory: TemporaryDirectory
  /// Its file.
  package let path: String

  /// Writes the script; `$HERE` in it is a directory of its own.
  package init(_ script: String, name: String = "tool") throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/" + name
    Disk.write(path, "#!/bin/bash\nHERE=\(directory.path)\n" + script + "\n", mode: 0o755)
  }

  /// What the script wrote beside itself.
  package func note(_ name: String) -> String { Disk.read(directory.path + "/" + name) }
}
