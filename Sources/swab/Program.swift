import Glibc

/// Where the process begins.
///
/// Not an `async` one of Swift's: that ends the main thread with `pthread_exit`, which in the static executable first
/// sorts the unwinding tables of all of it. That took as long as deleting some thousand files.
@main
enum Program {
  static func main() {
    Task.detached {
      await Swab.main()
      exit(EXIT_SUCCESS)
    }
    while true { pause() }
  }
}
