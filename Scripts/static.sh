#!/bin/sh
# Builds fully static executables and puts them, stripped, into .build/static.
# Usage: Scripts/static.sh PRODUCT ...
#
# Each is refused when it would load anything when it starts, or is too large: swab travels with every job.
set -eu

cd -- "$(dirname -- "$0")/.."
dependencies=$PWD/.build/static-deps
scratch=.build-static
output=.build/static

# The commit, with "-dirty" behind it where tracked files were changed; "unknown" outside a clone.
commit() {
  git -c safe.directory="$PWD" describe --always --abbrev=40 --dirty --match '' 2>/dev/null || echo unknown
}

# Fills the 64 bytes of the section swab_commit, after linking: a new commit then recompiles nothing.
put_commit() {
  bytes=$output/commit
  commit | tr -d '\n' >"$bytes"
  truncate -s 64 "$bytes"
  objcopy --update-section swab_commit="$bytes" "$1"
  rm -f "$bytes"
}

check() {
  if readelf -lW "$1" | grep -qE 'INTERP|DYNAMIC'; then
    echo "static: ${1%.new} is not fully static" >&2
    readelf -lW "$1" >&2
    exit 1
  fi
  case $1 in
    */swab.new) size_limit=25000000 ;;
    *) size_limit=32000000 ;;
  esac
  size=$(wc -c <"$1")
  echo "static: ${1%.new} has $size bytes, $(gzip -9c "$1" | wc -c) gzipped"
  if [ "$size" -gt "$size_limit" ]; then
    echo "static: that is more than $size_limit" >&2
    exit 1
  fi
}

[ $# -gt 0 ] || {
  echo "usage: $0 PRODUCT ..." >&2
  exit 64
}

Scripts/static-deps.sh "$dependencies"
mkdir -p "$output"
for product in "$@"; do
  # The linker keeps one of several functions with the same code, where nobody compares their addresses. No index of the
  # unwind tables is made (560 KB): nothing here throws through C, and without it they are still found, one by one.
  # Without frame pointers a deletion takes 2.7 % fewer instructions, and the executable is 41 KB smaller.
  # No build identifier: it is a sum over the debugging information too, which has the path of the sources.
  PKG_CONFIG_PATH=$dependencies/lib/pkgconfig swift build -c release --scratch-path "$scratch" \
    --omit-frame-pointers --static-swift-stdlib -Xswiftc -static-executable -Xlinker --icf=safe \
    -Xlinker --no-eh-frame-hdr -Xlinker --build-id=none --product "$product"
  # Made under another name first, so that whoever runs the old one is left alone.
  # The hashes of Swift's modules serve incremental builds only, and differ from build to build.
  strip -R .swift_modhash -R .comment -o "$output/$product.new" "$scratch/release/$product"
  put_commit "$output/$product.new"
  check "$output/$product.new"
  mv -f "$output/$product.new" "$output/$product"
done
# What a job starts, beside what it runs.
cp Wrapper/swab-job.sh "$output/swab-job.sh"
# What whoever passes the executables on has to pass on with them.
cp LICENSE NOTICE "$output"
mkdir -p "$output/Licences"
cp Licences/* "$output/Licences"
