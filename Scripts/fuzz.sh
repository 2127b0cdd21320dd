#!/bin/sh
# Feeds every parser with what libFuzzer makes of its seeds.
# Usage: Scripts/fuzz.sh SECONDS [TARGET ...]
#
# SECONDS is the time for each parser. An input that breaks one is left in .build/fuzz/found, with the command that
# repeats it; once it is mended it belongs to Tests/FuzzTests/Seeds/TARGET. What libFuzzer learns about a parser is
# kept in .build/fuzz/corpus for the next time.
set -eu

cd -- "$(dirname -- "$0")/.."
seconds=${1:?"usage: $0 SECONDS [TARGET ...]"}
shift
scratch=.build-fuzz
# The fuzzer itself has to see a trap.
export SWIFT_BACKTRACE=enable=no
export SWAB_FUZZING=1
swift build -c release --scratch-path "$scratch" --product swab-fuzz --sanitize fuzzer -Xswiftc -enable-testing
program=$scratch/release/swab-fuzz
mkdir -p .build/fuzz/found
if [ $# -eq 0 ]; then
  # Every parser has seeds of its own, or files of these names.
  # shellcheck disable=SC2046
  set -- $("$program" -runs=0 2>&1 | sed -n 's/^SWAB_FUZZ_TARGET is one of //p')
fi
[ $# -gt 0 ] || {
  echo "fuzz: the fuzzer names no parser" >&2
  exit 1
}
code=0
for target in "$@"; do
  corpus=.build/fuzz/corpus/$target
  mkdir -p "$corpus"
  # Some have only fixtures.
  seeds=Tests/FuzzTests/Seeds/$target
  [ -d "$seeds" ] || seeds=$corpus
  find Fixtures -type f -exec cp -n {} "$corpus" \;
  log=.build/fuzz/$target.log
  if SWAB_FUZZ_TARGET=$target "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -max_len=8192 -artifact_prefix=".build/fuzz/found/$target-" "$corpus" \
    "$seeds" >"$log" 2>&1; then
    echo "fuzz: $target: nothing found; $(sed -n 's/^Done //p' "$log")"
  else
    echo "fuzz: $target BROKE, see $log; repeat with: SWAB_FUZZ_TARGET=$target $program FILE" >&2
    grep -E 'Fatal error|ERROR: libFuzzer|Test unit written' "$log" >&2 || true
    code=1
  fi
done
exit $code
