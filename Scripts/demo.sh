#!/bin/sh
# Shows what swab does, on a storage made up for it in a temporary directory: deletes a list of files of which some
# are missing and one is protected, checks the report against its schema, and looks at what is left.
# Usage: Scripts/demo.sh SWAB
set -eu

swab=$1
site=$(cd -- "$(dirname -- "$0")/.." && pwd)/Fixtures/siteconf/T2_XX_Local
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

title() { printf '\n== %s\n' "$*"; }
fail() {
  echo "demo: $*" >&2
  exit 1
}

storage=$directory/storage
era=/store/unmerged/Run2026A/Demo/RAW/v1
make_storage() {
  for block in 000 001 002; do
    mkdir -p "$storage$era/$block"
    for number in 01 02 03 04 05 06 07 08 09 10 11 12; do
      echo "event data" >"$storage$era/$block/file-$number.root"
      echo "$era/$block/file-$number.root"
    done
  done >"$directory/list"
  # Listed and protected: someone still needs it.
  echo "$era/000/file-07.root" >"$directory/protected"
  # Listed and gone already.
  for number in 1 2 3 4; do echo "$era/003/missing-$number.root"; done >>"$directory/list"
  # Not listed.
  echo "event data" >"$storage$era/002/not-listed.root"
}

make_site() {
  mkdir -p "$directory/siteconf"
  cp -R "$site/." "$directory/siteconf"
  sed "s|@STORAGE@|$storage|g" "$site/storage.json.in" >"$directory/siteconf/storage.json"
}

left() { (cd "$storage" && find . -type f | sed 's|^\.||' | sort); }

make_storage
make_site
title "$(wc -l <"$directory/list") files to delete, $(wc -l <"$directory/protected") of them protected; $(left | wc -l) are on disk"

title "swab delete"
code=0
SITECONFIG_PATH=$directory/siteconf "$swab" delete --site-config "$directory/siteconf/JobConfig/site-local-config.xml" \
  --from "$directory/list" --protected "$directory/protected" --report "$directory/report.json" || code=$?
echo "exit code $code (1: not every file is gone; the protected one is not)"

title "the report against its schema"
"$swab" report schema >"$directory/schema.json"
# Debian's own Python: python3-jsonschema is installed for that one.
/usr/bin/python3 - "$directory/schema.json" "$directory/report.json" <<'PYTHON'
import json
import sys

import jsonschema

schema, report = (json.load(open(path)) for path in sys.argv[1:])
jsonschema.Draft202012Validator(schema).validate(report)
print("valid:", json.dumps(report["summary"]))
PYTHON

title "left on disk"
left
[ "$code" -eq 1 ] || fail "exit code $code instead of 1"
[ "$(left)" = "$(printf '%s\n' "$era/000/file-07.root" "$era/002/not-listed.root")" ] ||
  fail "that is not the protected file and the one that was not listed"
