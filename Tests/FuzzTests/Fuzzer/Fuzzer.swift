import Glibc

/// What libFuzzer calls once before everything else (LLVM's libFuzzer manual). `SWAB_FUZZ_TARGET` names the parser;
/// without it the names are printed.
@_cdecl("LLVMFuzzerInitialize")
public func beginFuzzing(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  if Chosen.target == nil {
    print("SWAB_FUZZ_TARGET is one of", FuzzTarget.all.map(\.name).joined(separator: " "))
    exit(64)
  }
  return 0
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Chosen.target?.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

private enum Chosen {
  static let target = FuzzTarget.named(getenv("SWAB_FUZZ_TARGET").map { String(cString: $0) } ?? "")
}
