#!/bin/sh
# Unpacks HTCondor, as Debian packages it, into a directory, so that it runs from there without being installed.
# Usage: Tests/Condor/packages.sh DIRECTORY [CACHE]
#   CACHE  keeps the packages; another directory is then filled without the network
# CONDOR_SUITE=forky takes HTCondor 25, as Debian's next release has it; give it a DIRECTORY and a CACHE of its own.
set -eu

# The first Debian release that has HTCondor. Older ones run it too: everything it is linked with comes along.
suite=${CONDOR_SUITE:-trixie}

here=$(cd -- "$(dirname -- "$0")" && pwd)
directory=$1
cache=${2:-$1}
[ ! -e "$directory/complete" ] || exit 0

fail() {
  echo "packages: $*" >&2
  exit 1
}
command -v patchelf >/dev/null || fail "patchelf is missing: install the package patchelf"

is_program() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ] &&
    patchelf --print-interpreter "$1" >/dev/null 2>&1
}

# The programs find their loader and their libraries by path. DT_RPATH, unlike DT_RUNPATH, also serves what the
# libraries themselves need.
patch_programs() {
  loader=$(find "$directory" -name 'ld-linux*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "no loader among the packages"
  libraries=$(dirname "$(find "$directory/usr/lib" -name 'libstdc++.so.6' | head -n 1)")
  for program in "$directory"/usr/bin/condor_* "$directory"/usr/bin/classad_* "$directory"/usr/sbin/condor_* \
    "$directory"/usr/libexec/condor/*; do
    if is_program "$program"; then
      patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries:$directory/usr/lib" "$program"
    fi
  done
}

mkdir -p "$directory" "$cache"
directory=$(cd -- "$directory" && pwd)
cache=$(cd -- "$cache" && pwd)
# What only an installation or a script of HTCondor's that is not used here would need.
"$here/../../Scripts/debs.sh" "$suite" "$cache/debs" \
  'perl|libperl|libdate-manip|fonts-|libjs-|python3|libpython3|debconf|dpkg|tar$|adduser|passwd|login' \
  condor libc6 libstdc++6
for package in "$cache"/debs/*.deb; do dpkg -x "$package" "$directory"; done
patch_programs
touch "$directory/complete"
