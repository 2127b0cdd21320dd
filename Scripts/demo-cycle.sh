#!/bin/sh
# Shows the cycle on one machine: a throw-away HTCondor pool and three RSEs, of which one is a directory that can't be
# written to, and one would lose more than a person has agreed to. Passes until nothing is left to do, a second scan, and the
# pages. The directory stays; it is named at the end.
# Usage: Scripts/demo-cycle.sh DIRECTORY    where swab and swab-submit are, as "make static" builds them
set -eu

tools=$(cd -- "$1" && pwd)
here=$(cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
folder=$(mktemp -d "${TMPDIR:-/tmp}/swab-cycle-XXXXXX")
# HTCondor runs no job for root: the pool is nobody's then.
chmod 755 "$folder"
pool=$root/Tests/Condor/pool.sh

title() { printf '\n== %s\n' "$*"; }
fail() {
  echo "demo-cycle: $*" >&2
  exit 1
}

free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

stop() { "$pool" down "$folder/pool" >/dev/null 2>&1 || true; }
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

era=/store/unmerged/Run2026A/Demo/RAW/v1

# A storage of its own for each RSE, and a site configuration that leads there.
make_rse() {
  rse=$1
  mkdir -p "$folder/siteconf/$rse/JobConfig" "$folder/storage/$rse"
  sed -e "s|T2_XX_Local|$rse|g" -e "s|@STORAGE@|$folder/storage/$rse|g" \
    "$root/Fixtures/siteconf/T2_XX_Local/storage.json.in" >"$folder/siteconf/$rse/storage.json"
  sed -e 's|site name="T2_XX_Local"|site name="T2_XX_Test"|' \
    "$root/Fixtures/siteconf/T2_XX_Local/JobConfig/site-local-config.xml" \
    >"$folder/siteconf/$rse/JobConfig/site-local-config.xml"
  # The storage is another site's by name: the method says which.
  sed -i "s|<method |<method site=\"$rse\" |" "$folder/siteconf/$rse/JobConfig/site-local-config.xml"
}

# A scan: files on the storage, and a list of them.
make_scan() {
  rse=$1 run=$2 files=$3
  number=0
  while [ "$number" -lt "$files" ]; do
    directory=$era/$run/$((number / 100))
    mkdir -p "$folder/storage/$rse$directory"
    echo "event data" >"$folder/storage/$rse$directory/file-$number.root"
    echo "$directory/file-$number.root"
    number=$((number + 1))
  done >"$folder/$rse.list"
}

give_away() { if [ "$(id -u)" -eq 0 ]; then chown -Rh nobody "$folder/storage" "$folder/work"; fi; }

cycle() {
  command=$1
  shift
  "$pool" run "$folder/pool" "$folder/tools/swab-submit" cycle "$command" --config "$folder/cycle.ini" "$@"
}

# Passes until no campaign is at work.
passes() {
  tries=90
  while :; do
    cycle run --json >"$folder/run.json" || fail "a pass ended with exit code $?"
    grep -qE '"phase":"(planned|submitted|collecting)"' "$folder/run.json" || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "jobs do not end; see $folder"
    sleep 2
  done
  cycle status
}

left() { (cd "$folder/storage/$1" && find . -type f | wc -l); }

title "a pool of HTCondor, and three RSEs"
mkdir -p "$folder/tools" "$folder/work"
cp "$tools/swab" "$tools/swab-submit" "$root/Wrapper/swab-job.sh" "$folder/tools"
for rse in T2_XX_Good T2_XX_Locked T2_XX_Large; do make_rse "$rse"; done
make_scan T2_XX_Good first 300
make_scan T2_XX_Locked first 100
make_scan T2_XX_Large first 1500
echo "$era/kept" >"$folder/protected"
give_away
# Its files can't be deleted.
if [ "$(id -u)" -eq 0 ]; then chown -Rh root "$folder/storage/T2_XX_Locked"; fi
find "$folder/storage/T2_XX_Locked" -type d -exec chmod 555 {} +
cat >"$folder/cycle.ini" <<INI
[cycle]
state = $folder/work/state

[rse *]
site = T2_XX_Test
protected = $folder/protected
minimum-fail-seconds = 0
retries = 0
memory = 100
disk = 100
max-rounds = 2

[rse T2_XX_Good]
from = $folder/T2_XX_Good.list
environment.SITECONFIG_PATH = $folder/siteconf/T2_XX_Good

[rse T2_XX_Locked]
from = $folder/T2_XX_Locked.list
environment.SITECONFIG_PATH = $folder/siteconf/T2_XX_Locked

[rse T2_XX_Large]
from = $folder/T2_XX_Large.list
environment.SITECONFIG_PATH = $folder/siteconf/T2_XX_Large
INI
"$pool" up "$folder/pool" "$root/.build/condor" "$(free_port)" "$$"

title "what would be done"
cycle run --dry-run

title "passes until nothing is at work"
passes

title "why one is as it is"
cycle explain T2_XX_Locked

title "a person agrees to the large one, and there is a new scan of the good one"
cycle approve T2_XX_Large
make_scan T2_XX_Good second 200
give_away
if [ "$(id -u)" -eq 0 ]; then chown -Rh root "$folder/storage/T2_XX_Locked"; fi
passes

title "left on the storages"
for rse in T2_XX_Good T2_XX_Locked T2_XX_Large; do echo "$rse: $(left "$rse") files"; done
[ "$(left T2_XX_Good)" -eq 0 ] || fail "the good one is not clean"
[ "$(left T2_XX_Large)" -eq 0 ] || fail "the large one is not clean"
[ "$(left T2_XX_Locked)" -eq 100 ] || fail "the locked one lost files"

title "the page of all RSEs"
echo "$folder/work/state/index.html"
