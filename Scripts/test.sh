#!/usr/bin/env bash
# Runs the tests that have been built, and says in the end which failed. Usage: Scripts/test.sh [unit]
set -euo pipefail

# The targets that need no server, in the form of a pattern: Tests/StructureTests/TierTests.swift holds them against
# what the targets import.
unit='ByteStreamsTests|SiteConfTests|DeletionTests|BackendsTests|CondorJobTests|CampaignTests|CycleTests|FuzzTests|StructureTests'

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

# Tests with random input try more often where nobody waits for them (Tests/TestSupport/Thoroughness.swift).
[ "${1-}" = unit ] || export SWAB_ALL_ROUNDS=1

# One after the other: tests that wait for real servers, tools and shells must not wait for each other as well.
group --filter "^($unit)\\."
if [ "${1-}" != unit ]; then
  group --filter '^(StaticTests|WrapperTests)\.'
  group --filter '^(BackendServerTests|CampaignServerTests)\.'
  group --filter '^CommandTests\.'
  group --filter '^IntegrationTests\.'
  group --filter '^CondorTests\.ShortCampaignTests'
fi

if [ "$result" -ne 0 ]; then
  printf '\nWhat failed:\n'
  cat "$failures"
fi
exit "$result"
