#!/usr/bin/env bash
# Runs the tests that have been built, all of them, and says in the end which failed.
set -euo pipefail

said=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$said" "$failures"' EXIT
result=0

# Swift Testing says what is wrong where it happens, which may be thousands of lines before the end.
group() {
  swift test --skip-build "$@" 2>&1 | tee "$said" && return
  result=1
  if ! grep -A 2 -E '^✘ .* recorded an issue' "$said" | cut -c 1-600 >>"$failures"; then
    { echo "swift test $*:" && tail -n 5 "$said"; } >>"$failures"
  fi
}

# One after the other: tests that wait for real servers, tools and shells must not wait for each other as well.
group --skip 'BackendsTests|CommandTests|IntegrationTests|CondorTests'
group --filter BackendsTests
group --filter CommandTests
group --filter IntegrationTests
group --filter CondorTests.ShortCampaignTests

if [ "$result" -ne 0 ]; then
  printf '\nWhat failed:\n'
  cat "$failures"
fi
exit "$result"
