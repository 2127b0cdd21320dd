import Testing

@Suite("The wrapper, signals, and broken nodes")
struct SignalTests {
  /// What is sent to the wrapper, and what the payload gets: a shell starts its children with INT ignored.
  static let signals: [(sent: String, received: String)] = [
    ("TERM", "TERM"), ("INT", "TERM"), ("HUP", "HUP"),
  ]

  @Test(
    "A signal reaches the payload, and the wrapper waits for its end", arguments: Node.Shell.allCases, signals
  )
  func passedOn(shell: Node.Shell, row: (sent: String, received: String)) async throws {
    try await Node.with(shell) { node in
      // Its parent is the wrapper. It takes a second to stop, in which the wrapper must not end.
      try node.install(
        payload: """
          trap 'echo \(row.received) >>received; sleep 1; echo done >>received; exit 75' \(row.received)
          kill -\(row.sent) $PPID
          while :; do sleep 0.1; done
          """)
      let result = try await node.run(["delete", "--report", "r.json"])
      #expect(result.code == 75)
      #expect(node.text("received") == "\(row.received)\ndone\n")
      #expect(try await node.report("r.json").exit.reason.contains("exit code 75"))
    }
  }

  @Test("A signal while the report is written keeps the payload from starting")
  func beforeTheStart() async throws {
    // Not with busybox, which has a "mv" of its own.
    try await Node.with(.dash) { node in
      try node.install(payload: "echo started >started")
      // The wrapper moves a report into its place twice before it starts the payload.
      try node.replace(tool: "mv", with: "echo >>moves; [ $(grep -c '' moves) != 2 ] || kill -HUP $PPID")
      let result = try await node.run(["delete", "--report", "r.json"])
      #expect(result.code == 75, "\(result.messages)")
      #expect(node.read("started") == nil)
      #expect(try await node.report("r.json").exit.reason == "stopped by HUP before the payload started")
    }
  }

  @Test("Several signals while the payload stops don't end the wait", arguments: Node.Shell.allCases)
  func several(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      try node.install(
        payload: """
          got=0
          trap 'got=$((got + 1)); echo TERM >>received' TERM
          for i in 1 2 3; do
            kill -TERM $PPID
            while [ $got -lt $i ]; do sleep 0.1; done
          done
          exit 42
          """)
      let result = try await node.run()
      #expect(result.code == 42)
      #expect(node.text("received") == "TERM\nTERM\nTERM\n")
    }
  }

  @Test("A payload that dies of the signal is no broken node", arguments: Node.Shell.allCases)
  func diesOfIt(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      try node.install(payload: "kill -TERM $PPID; while :; do sleep 0.1; done")
      let result = try await node.run(
        ["delete", "--report", "r.json"], environment: ["SWAB_MIN_FAIL_SECONDS": "36000"])
      #expect(result.code == 143)
      #expect(result.seconds < 18_000)
      let report = try await node.report("r.json")
      #expect(
        report.exit.reason
          == "the payload was killed by signal 15 (TERM) before it wrote a report, after TERM")
    }
  }

  /// The payload, the exit code, and whether it means that the node is broken.
  static let endings: [(payload: String?, code: Int32, broken: Bool)] = [
    (nil, 70, true), ("exit 70", 70, true), ("exit 78", 78, true), ("kill -KILL $$", 137, true),
    ("exit 127", 70, true), ("exit 0", 0, false), ("exit 1", 1, false), ("exit 69", 69, true),
    ("exit 75", 75, true), ("exit 76", 76, true), ("exit 77", 77, true), ("exit 65", 65, true),
    ("exit 85", 85, false),
  ]

  @Test("Only a broken node is held for the least time", arguments: Node.Shell.allCases, endings)
  func leastTime(shell: Node.Shell, row: (payload: String?, code: Int32, broken: Bool)) async throws {
    try await Node.with(shell) { node in
      if let payload = row.payload { try node.install(payload: payload) }
      let result = try await node.run(environment: ["SWAB_MIN_FAIL_SECONDS": "15"])
      #expect(result.code == row.code)
      #expect(result.messages.contains("waiting ") == row.broken, "\(result.messages)")
      // So long that a busy machine starts the payload well before it is over.
      if row.broken { #expect(result.seconds >= 0.9) }
    }
  }

  @Test("A signal ends that wait", arguments: Node.Shell.allCases)
  func interruptedWait(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      // The wrapper waits once it has a child that sleeps.
      try node.install(
        payload: """
          wrapper=$PPID
          {
            until for child in $(cat /proc/$wrapper/task/$wrapper/children); do
              tr '\\0' ' ' </proc/$child/cmdline
            done | grep -q 'sleep 3'; do sleep 0.1; done
            kill -TERM $wrapper
          } &
          exit 70
          """)
      let result = try await node.run(environment: ["SWAB_MIN_FAIL_SECONDS": "36000"])
      #expect(result.code == 70)
      #expect(result.seconds < 18_000)
      #expect(result.messages.contains("waiting "))
    }
  }

  @Test(
    "A least time that is no number of seconds means the default",
    arguments: ["abc", "-1", "9999999", "1 2", "08"])
  func nonsense(value: String) async throws {
    try await Node.with(.dash) { node in
      try node.install(payload: "exit 3")
      let result = try await node.run(environment: ["SWAB_MIN_FAIL_SECONDS": value])
      #expect(result.code == 3)
      #expect(result.messages.contains("using 300"))
    }
  }
}
