import Glibc

/// How often tests with random input try: all rounds in `make test`, a fifth of them where somebody waits for the result.
package enum Thoroughness {
  /// Set by Scripts/test.sh.
  private static let isWhole = getenv("SWAB_ALL_ROUNDS") != nil

  package static func rounds(_ all: Int) -> Int { isWhole ? all : all / 5 + 1 }
}
