#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What libFuzzer calls with each input (LLVM's libFuzzer manual). `SWAB_FUZZ_TARGET` names the parser.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Chosen.target.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

private enum Chosen {
  static let target: FuzzTarget = {
    let name = getenv("SWAB_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.named(name) else {
      // Swift 6 lets nobody use C's `stderr`.
      let text = Array(
        "SWAB_FUZZ_TARGET is one of \(FuzzTarget.all.map(\.name).joined(separator: " "))\n".utf8)
      _ = write(2, text, text.count)
      exit(64)
    }
    return target
  }()
}
