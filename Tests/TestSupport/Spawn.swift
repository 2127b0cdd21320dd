import Glibc

/// How every program of the tests is started: as the leader of a process group of its own, which a terminal's signals
/// do not reach, with the signals of a shell, whatever the test runner ignores, and with no descriptors but the first three,
/// whatever the test runner was started with.
enum Spawn {
  /// Marks the descriptors of whoever started the test runner, such as those of `make`, once, so that they are not passed on.
  private static let marksInheritedDescriptors: Void = {
    for descriptor in Int32(3)..<256 where fcntl(descriptor, F_GETFD) >= 0 {
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
  }()

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - arguments: its path and its arguments.
  ///   - environment: all of its variables.
  ///   - streams: what is done with its descriptors.
  static func start(
    _ arguments: [String], environment: [String: String], _ streams: inout posix_spawn_file_actions_t
  ) throws -> pid_t {
    _ = marksInheritedDescriptors
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    var number: pid_t = 0
    let status = withCStrings(arguments) { arguments in
      withCStrings(variables) { variables in
        guard let program = arguments[0] else { return EINVAL }
        return posix_spawn(&number, program, &streams, &attributes, arguments, variables)
      }
    }
    guard status == 0 else {
      throw TestFailure("\(arguments[0]) does not start: \(String(cString: strerror(status)))")
    }
    return number
  }

  /// Two ends of a connection. Not a pipe, since Glibc's pipe2 is hidden from Swift: what one test holds must not stay
  /// open in the program that another one starts at the same moment.
  static func sockets() throws -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestFailure("no pair of sockets") }
    return (ends[0], ends[1])
  }

  private static func withCStrings<Value>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
  ) -> Value {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }
}
