import TestSupport

import Glibc

/// A tool that stands before the real one on the search path and misbehaves.
struct FakeTool {
  private let directory: TemporaryDirectory
  private let tool: String

  /// Makes one.
  ///
  /// - Parameters:
  ///   - tool: `xrdfs` or `gfal-rm`.
  ///   - program: Python, or with its own `#!` line anything. In it `real` is the real tool's path, `a` are the
  ///     arguments, and `here` is a directory to leave something in.
  init(_ tool: String, _ program: String) throws {
    directory = try TemporaryDirectory()
    self.tool = tool
    let head = """
      #!/usr/bin/python3 -IS
      import os, signal, subprocess, sys, tempfile, time
      real = "/usr/bin/\(tool)"
      here = "\(directory.path)"
      a = sys.argv[1:]

      """
    Disk.write(
      directory.path + "/" + tool, (program.hasPrefix("#!") ? "" : head) + program + "\n", mode: 0o755)
  }

  /// What makes `swab` find it.
  var environment: [String: String] { ["PATH": directory.path + ":/usr/bin:/bin"] }

  /// Where a file is that it leaves.
  func position(_ name: String) -> String { directory.path + "/" + name }

  /// The text of a file that it left.
  func left(_ name: String) -> String { Disk.read(position(name)) }

  /// What runs a program that can't see the real tool: a file system of its own in which something that is no
  /// program lies over it.
  static func hiding(_ tool: String) -> [String] {
    mounting(#"mount --bind /dev/null "$1""#, at: "/usr/bin/\(tool)")
  }

  /// What runs a program in a file system of its own.
  ///
  /// - Parameters:
  ///   - commands: mount something for it at `$1`.
  ///   - path: that.
  static func mounting(_ commands: String, at path: String) -> [String] {
    let namespaces = getuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"]
    return ["/usr/bin/unshare"] + namespaces + [
      "/bin/sh", "-c", commands + #" && shift && exec "$@""#, "sh", path,
    ]
  }
}
