import DeletionModel
import TestSupport
import Testing
@testable import Backends
@testable import BackendTools

/// Tools that misbehave: scripts in their place.
@Suite(.serialized) struct BrokenToolTests {
  func xrdfs(_ tool: String = "xrdfs", _ further: [String: String] = [:]) -> XrdfsBackend {
    XrdfsBackend(runner: testRunner(), environment: testEnvironment(further), time: testTime, tool: tool)
  }

  func gfal(_ tool: String = "gfal-rm", _ further: [String: String] = [:]) -> GfalBackend {
    GfalBackend(runner: testRunner(), environment: testEnvironment(further), time: testTime, tool: tool)
  }

  @Test func `a missing tool is fatal`() async throws {
    let target = try target("root://127.0.0.1/", "/store/unmerged/f")
    for backend in [xrdfs("/no/xrdfs"), gfal("/no/gfal-rm")] as [any Backend] {
      for answer in await backend.delete(batch: [target, target], deadline: .none) {
        #expect(answer.word == "fatal")
      }
    }
  }

  static let fakes: [(name: String, script: String, expected: String)] = [
    ("garbage", "head -c 3000 /dev/urandom; head -c 3000 /dev/urandom >&2", "unknown"),
    ("success without a word", "exit 0", "unknown"),
    ("killed", "kill -9 $$", "unknown"),
    ("hangs, ignores TERM", "trap '' TERM; while true; do sleep 1; done", "transient"),
    ("a library is missing", "echo 'error while loading shared libraries: x' >&2; exit 127", "fatal"),
    ("answers for another file", "echo 'rm /store/other : [SUCCESS] '; printf 'x\\tDELETED\\n'", "unknown"),
  ]

  @Test(arguments: fakes.indices) func `a broken tool deletes nothing`(_ index: Int) async throws {
    let fake = Self.fakes[index]
    let tool = try ShellTool("echo run >> $HERE/runs\n" + fake.script)
    let targets = try (0..<5).map { try target("root://127.0.0.1/", "/store/unmerged/f\($0)") }
    for backend in [xrdfs(tool.path), gfal(tool.path)] as [any Backend] {
      let start = ContinuousClock.now
      let isHanging = fake.expected == "transient"
      let answers = await backend.delete(batch: targets, deadline: .seconds(isHanging ? 2.5 : 900))
      #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
      #expect(Set(answers.map(\.word)) == [fake.expected], "\(backend.name), \(fake.name): \(answers[0])")
    }
  }

  /// A stand-in for `xrdfs`: all paths are files; how `rm` answers is the case's affair.
  func xrdfsTool(_ rm: String, stat: String = Self.manyStats) throws -> ShellTool {
    try ShellTool(
      """
      echo "$@" >> $HERE/calls
      verb=$2; shift 2
      \(stat)
      \(rm)
      """)
  }

  static let manyStats = """
    if [ "$verb" = stat ]; then
      for p in "$@"; do printf '\\nPath:   %s\\nId:     1\\nSize:   0\\nFlags:  48 (IsReadable|IsWritable)\\n' "$p"; done
      exit 0
    fi
    """

  func targets(_ count: Int) throws -> [DeletionTarget] {
    try (0..<count).map { try target("root://h:1094/", "/store/unmerged/f\($0)") }
  }

  /// The same, but for those that `rm` left a note of.
  static let statsOfThoseLeft = #"""
    if [ "$verb" = stat ]; then
      code=0
      for p in "$@"; do
        if [ -e "$HERE/gone${p##*/}" ]; then
          printf '[ERROR] Server responded with an error: [3011] No such file\0\n\n' >&2; code=54
        else
          printf '\nPath:   %s\nId:     1\nSize:   0\nFlags:  48 (IsReadable|IsWritable)\n' "$p"
        fi
      done
      exit $code
    fi
    """#

  @Test func `5_6_0 exits 0 after failing`() async throws {
    let tool = try xrdfsTool(
      #"for p in "$@"; do echo "rm $p : [ERROR] Error response: permission denied"; done; exit 0"#)
    let answers = await xrdfs(tool.path).delete(batch: try targets(3), deadline: .none)
    #expect(answers.map(\.word) == ["auth", "auth", "auth"])
    #expect(tool.note("calls").split(separator: "\n").count == 2)
  }

  @Test func `a file that is still there is not absent, whatever a redirector says`() async throws {
    let tool = try xrdfsTool(
      """
      for p in "$@"; do echo "rm $p : [ERROR] Error response: no such file or directory"; done
      printf '[ERROR] Server responded with an error: [3011] No servers have write access to the file\\0\\n' >&2
      exit 54
      """)
    for count in [1, 3] {
      let answers = await xrdfs(tool.path).delete(batch: try targets(count), deadline: .none)
      #expect(answers.allSatisfy { $0.word == "transient" && $0.error?.code == "3011" })
    }
  }

  @Test(arguments: [1, 3]) func `a removal that the client sent twice is a removal`(_ count: Int) async throws
  {
    // The connection broke before the first answer came; the second one is "no such file".
    let tool = try xrdfsTool(
      """
      for p in "$@"; do
        touch "$HERE/gone${p##*/}"
        echo "rm $p : [ERROR] Error response: no such file or directory"
      done
      printf '[ERROR] Server responded with an error: [3011] Unable to remove; no such file or directory\\0\\n' >&2
      exit 54
      """, stat: Self.statsOfThoseLeft)
    let answers = await xrdfs(tool.path).delete(batch: try targets(count), deadline: .none)
    #expect(answers.map(\.word) == Array(repeating: "deleted", count: count))
  }

  /// What `rm` of several files says when the server of the second one, behind a manager, is silent: the client asks the
  /// manager for another server, and from then on every file is missing.
  @Test func `after a silence no missing file of the same process is believed`() async throws {
    let tool = try xrdfsTool(
      """
      if [ "$verb" = rm ] && [ $# -gt 1 ]; then
        n=0
        for p in "$@"; do
          n=$((n + 1))
          case $n in
          1) touch $HERE/gone${p##*/}; echo "rm $p : [SUCCESS] " ;;
          2) echo "rm $p : [ERROR] Operation expired" ;;
          *) echo "rm $p : [ERROR] Error response: no such file or directory" ;;
          esac
        done
      elif [ "$verb" = rm ]; then
        touch $HERE/gone${1##*/}; echo "rm $1 : [SUCCESS] "
      fi
      """, stat: Self.statsOfThoseLeft)
    let answers = await xrdfs(tool.path).delete(batch: try targets(6), deadline: .none)
    #expect(answers.map(\.word) == ["deleted", "transient", "deleted", "deleted", "deleted", "deleted"])
    #expect(answers[1].error?.isAmbiguous == true)
  }

  /// Which files there are, and whether the session gets the user's own certificate.
  static let certificates: [(files: [String], variables: [String: String], isGiven: Bool)] = [
    (["usercert.pem", "userkey.pem"], [:], true), (["usercert.pem"], [:], false),
    (["userkey.pem"], [:], false),
    ([], [:], false), (["usercert.pem", "userkey.pem"], ["BEARER_TOKEN": "abc.def"], false),
    (["usercert.pem", "userkey.pem", "proxy"], ["X509_USER_PROXY": "proxy"], false),
    (["usercert.pem", "userkey.pem"], ["X509_USER_CERT": "other"], false),
  ]

  @Test(arguments: certificates.indices) func `a key is named only where it is there and needed`(_ index: Int)
    throws
  {
    let row = Self.certificates[index]
    let home = try TemporaryDirectory()
    Disk.makeDirectory("\(home.path)/.globus", owner: nil)
    for file in row.files { Disk.write("\(home.path)/.globus/\(file)") }
    var variables = row.variables.mapValues { $0 == "proxy" ? "\(home.path)/.globus/proxy" : $0 }
    variables["HOME"] = home.path
    // A user that has left no proxy and no token on this machine.
    let environment = testEnvironment(variables).withUserCertificate(euid: 3_999_999_999)
    #expect((environment["X509_USER_KEY"] == "\(home.path)/.globus/userkey.pem") == row.isGiven)
    #expect((environment["X509_USER_CERT"] == "\(home.path)/.globus/usercert.pem") == row.isGiven)
  }

  @Test func `a path without a line is tried again alone`() async throws {
    let tool = try xrdfsTool(
      """
      if [ $# -gt 1 ]; then echo "rm $1 : [SUCCESS] "; exit 0; fi
      case $1 in
        *1) echo "rm $1 : [SUCCESS] " ;;
        *2) touch "$HERE/gonef2"
            echo "rm $1 : [ERROR] Error response: no such file or directory"
            printf '[ERROR] Server responded with an error: [3011] Unable to remove\\0\\n\\n' >&2; exit 54 ;;
        *) exit 0 ;;
      esac
      """, stat: Self.statsOfThoseLeft)
    let answers = await xrdfs(tool.path).delete(batch: try targets(4), deadline: .none)
    // f2 was there, was sent once, and is not there any more: it was deleted.
    #expect(answers.map(\.word) == ["deleted", "deleted", "deleted", "unknown"])
    #expect(answers[3].error?.isAmbiguous == true)
  }

  @Test func `an xrdfs for one path only, silent in success`() async throws {
    // 5.4 and before: `stat` and `rm` take one path, and `rm` prints nothing when it worked.
    let tool = try ShellTool(
      """
      echo "$@" >> $HERE/calls
      verb=$2; shift 2
      gone() { printf '[ERROR] Server responded with an error: [3011] No such file\\0\\n\\n' >&2; }
      entry() { printf '\\nPath:   %s\\nFlags:  16 (IsReadable)\\n' "$1"; }
      if [ -z "$verb" ]; then
        while read -r word path; do
          path=${path//\\"/}
          case $word in
            stat) if [ -e "$HERE/gone${path##*/}" ]; then gone; else entry "$path"; fi ;;
            swab) echo '[ERROR] Command not found' >&2 ;;
          esac
        done
        exit 0
      fi
      if [ $# -ne 1 ]; then echo '[ERROR] Invalid arguments' >&2; exit 50; fi
      name=${1##*/}
      if [ $verb = stat ]; then
        if [ -e $HERE/gone$name ]; then gone; exit 54; fi
        entry "$1"; exit 0
      fi
      if [ $name = f3 ]; then exit 0; fi
      touch $HERE/gone$name
      """)
    Disk.write(tool.directory.path + "/gonef1")
    let answers = await xrdfs(tool.path).delete(batch: try targets(4), deadline: .none)
    #expect(answers.map(\.word) == ["deleted", "absent", "deleted", "unknown"])
  }

  @Test func `gfal-rm without a word about some is asked again`() async throws {
    let tool = try ShellTool(
      """
      echo "$BEARER_TOKEN" >> $HERE/tokens
      echo "$@" >> $HERE/calls
      while [ $# -gt 0 ]; do
        if [ "$1" = --from-file ]; then ls -A "$TMPDIR" >> $HERE/files; mapfile -t urls < "$2"; fi
        if [ "$1" = -- ]; then urls=("$2"); fi
        shift
      done
      for u in "${urls[@]}"; do
        case $u in
          *f2) printf '%s\\tFAILED\\n' "$u"; echo "gfal-rm error: 70 (Communication error on send) - authz=s3cret HTTP 500 : x" >&2; exit 70 ;;
          *f3) echo "gfal-rm error: 21 (Is a directory) - Can not remove $u, is a directory" >&2; exit 21 ;;
          *f4) exit 1 ;;
          *) printf '%s\\tDELETED\\n' "$u" ;;
        esac
      done
      """)
    Disk.write(tool.directory.path + "/token", "header.payload.signature\n")
    Disk.makeDirectory(tool.directory.path + "/tmp")
    let backend = gfal(
      tool.path,
      ["BEARER_TOKEN_FILE": tool.directory.path + "/token", "TMPDIR": tool.directory.path + "/tmp"])
    let answers = await backend.delete(batch: try targets(4), deadline: .none)
    #expect(answers.map(\.word) == ["deleted", "deleted", "transient", "permanent"])
    #expect(answers[2].error?.code == "HTTP 500")
    #expect(answers[2].error?.message.contains("s3cret") == false)
    #expect(tool.note("tokens").hasPrefix("header.payload.signature\n"))
    #expect(!tool.note("calls").contains("payload"))
    // No file has the list, not even while the tool runs: a kill leaves none.
    #expect(tool.note("files").isEmpty)
    let mute = await backend.delete(
      batch: try [target("root://h/", "/store/unmerged/f4")] + targets(2), deadline: .none)
    #expect(mute.map(\.word) == ["unknown", "deleted", "deleted"])
    #expect(mute[0].error?.isAmbiguous == true)
  }

  @Test func `of a gfal-rm that dies only the name it was at is in doubt`() async throws {
    let tool = try ShellTool(
      """
      if [ "$3" != --from-file ]; then printf '%s\\tMISSING\\n' "$4"; exit 2; fi
      mapfile -t urls < "$4"
      for u in "${urls[@]}"; do
        case $u in
          *f2) kill -9 $$ ;;
          *f1|*f3) printf '%s\\tMISSING\\n' "$u" ;;
          *) printf '%s\\tDELETED\\n' "$u" ;;
        esac
      done
      """)
    let answers = await gfal(tool.path).delete(batch: try targets(6), deadline: .none)
    // f3 was never there, and the first call did not come so far.
    #expect(answers.map(\.word) == ["deleted", "absent", "unknown", "absent", "deleted", "deleted"])
    #expect(answers[2].error?.isAmbiguous == true)
  }

  @Test func `of a gfal-rm that always dies two names at most are in doubt`() async throws {
    let tool = try ShellTool("kill -9 $$")
    let answers = await gfal(tool.path).delete(batch: try targets(20), deadline: .none)
    #expect(answers.allSatisfy { $0.word == "unknown" })
    #expect(answers.count { $0.error?.isAmbiguous == true } == 2)
  }

  @Test func `no argument holds a secret of the PFN`() async throws {
    let tool = try xrdfsTool("exit 0")
    for opaque in ["authz=abc", "x=1&access_token=abc", "xrd.sig=abc", "junk", "a=%41"] {
      let pfn = try #require(PFN("root://h:1094//store/unmerged/f?\(opaque)"))
      let target = DeletionTarget(lfn: "/store/unmerged/f", pfn: pfn)
      for backend in [xrdfs(tool.path), gfal(tool.path)] as [any Backend] {
        #expect(await backend.delete(target, deadline: .none).word == "permanent")
      }
    }
    #expect(tool.note("calls").isEmpty)
    let kept = try #require(PFN("root://user@h:1094//store/unmerged/f?svcClass=cms"))
    _ = await xrdfs(tool.path).delete(DeletionTarget(lfn: "/store/unmerged/f", pfn: kept), deadline: .none)
    #expect(tool.note("calls").hasPrefix("root://user@h:1094 stat /store/unmerged/f?svcClass=cms\n"))
  }
}
