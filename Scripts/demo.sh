#!/bin/sh
# Shows what swab does, on a storage made up for it: deletes a list of files of which some are missing, checks the report
# against its schema, asks for a file that is protected, and holds what is left against what should be. Every command is
# printed, and everything stays in .build/demo until the next time.
# Usage: Scripts/demo.sh SWAB
set -eu

cd -- "$(dirname -- "$0")/.."
swab=${1#"$PWD"/}
site=Fixtures/siteconf/T2_XX_Local
directory=.build/demo
storage=$directory/storage
era=/store/unmerged/Run2026A/Demo/RAW/v1
kept=$era/000/file-07.root

title() { printf '\n== %s\n' "$*"; }
fail() {
  echo "demo: $*" >&2
  exit 1
}

make_storage() {
  for block in 000 001 002; do
    mkdir -p "$storage$era/$block"
    for number in 01 02 03 04 05 06 07 08 09 10 11 12; do
      lfn=$era/$block/file-$number.root
      echo "event data" >"$storage$lfn"
      [ "$lfn" = "$kept" ] || echo "$lfn"
    done
  done >"$directory/list"
  # Somebody still needs it.
  echo "$kept" >"$directory/protected"
  # Listed and gone already.
  for number in 1 2 3 4; do echo "$era/003/missing-$number.root"; done >>"$directory/list"
  # Not listed.
  echo "event data" >"$storage$era/002/not-listed.root"
}

make_site() {
  mkdir -p "$directory/siteconf"
  cp -R "$site/." "$directory/siteconf"
  sed "s|@STORAGE@|$PWD/$storage|g" "$site/storage.json.in" >"$directory/siteconf/storage.json"
}

# Usage: run CODE ARGUMENT ...: prints and runs a command of swab, which has to end with this exit code.
run() {
  expected=$1
  shift
  echo "\$ $swab $*"
  code=0
  "$swab" "$@" || code=$?
  [ "$code" -eq "$expected" ] || fail "exit code $code instead of $expected"
}

left() { (cd "$storage" && find . -type f | sed 's|^\.||' | sort); }

rm -rf "$directory"
mkdir -p "$storage"
make_storage
make_site
options="--site-config $directory/siteconf --protected $directory/protected"

title "a storage with $(left | wc -l) files, and a list of $(wc -l <"$directory/list"): 4 of them are gone already"
# shellcheck disable=SC2086 # a word each
run 0 delete $options --from "$directory/list" --report "$directory/report.json"

title "the report against its schema"
echo "\$ $swab schema report >$directory/schema.json"
"$swab" schema report >"$directory/schema.json"
# Debian's own Python: python3-jsonschema is installed for that one.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" - "$directory/schema.json" "$directory/report.json" <<'PYTHON'
import json
import sys

import jsonschema

schema, report = (json.load(open(path)) for path in sys.argv[1:])
jsonschema.Draft202012Validator(schema).validate(report)
print(f"{sys.argv[2]} is valid, and has {len(report['files'])} files")
PYTHON

title "a file that is protected: it is refused, and that is exit code 1"
# shellcheck disable=SC2086 # a word each
run 1 delete $options "$kept"

title "left on disk: the protected file, and one that no list names"
left
[ "$(left)" = "$(printf '%s\n' "$kept" "$era/002/not-listed.root")" ] ||
  fail "that is not the protected file and the one that was not listed"

title "what to try next"
cat <<NEXT
$swab report summary $directory/report.json
$swab check --site-config $directory/siteconf
$swab resolve --site-config $directory/siteconf $kept
$swab help delete
Documentation/Operators.md: from a list to a clean disk, at a site
NEXT
