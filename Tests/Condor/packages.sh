#!/bin/sh
# Unpacks HTCondor, as Debian packages it, into a folder, so that it runs from there without being installed.
# Usage: Tests/Condor/packages.sh FOLDER [CACHE]
#   CACHE  keeps the packages; another folder is then filled without the network
set -eu

# The first Debian release that has HTCondor. Older ones run it too: everything it is linked with comes along.
suite=trixie

here=$(cd -- "$(dirname -- "$0")" && pwd)
folder=$1
cache=${2:-$1}
[ ! -e "$folder/complete" ] || exit 0

fail() {
  echo "packages: $*" >&2
  exit 1
}
command -v patchelf >/dev/null || fail "patchelf is missing: install the package patchelf"

# The packages come from where this machine gets its own, through a configuration of apt that knows nothing else.
download() {
  apt=$cache/apt
  mirror=$("$here/mirror.sh")
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/etc/preferences.d" \
    "$apt/etc/apt.conf.d" "$apt/etc/sources.list.d"
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
    >"$apt/etc/sources.list"
  cat >"$apt/apt.conf" <<CONF
Dir::Etc "$apt/etc"; Dir::State "$apt"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache"; Dir::Log "$apt";
APT::Install-Recommends "false"; APT::Sandbox::User ""; Debug::NoLocking "true"; Acquire::Languages "none";
CONF
  APT_CONFIG=$apt/apt.conf
  export APT_CONFIG
  apt-get -qq update
  # What only an installation or a script of HTCondor's that is not used here would need.
  wanted=$(apt-get -s install condor libc6 libstdc++6 | awk '$1 == "Inst" { print $2 }' |
    grep -Ev '^(perl|libperl|libdate-manip|fonts-|libjs-|python3|libpython3|debconf|dpkg|tar$|adduser|passwd|login)')
  rm -rf "$cache/debs.new"
  mkdir "$cache/debs.new"
  # shellcheck disable=SC2086 # one word a package
  (cd "$cache/debs.new" && apt-get -qq download $wanted)
  rm -rf "$apt"
  mv "$cache/debs.new" "$cache/debs"
}

is_program() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ] &&
    patchelf --print-interpreter "$1" >/dev/null 2>&1
}

# The programs find their loader and their libraries by path. DT_RPATH, unlike DT_RUNPATH, also serves what the
# libraries themselves need.
patch_programs() {
  loader=$(find "$folder" -name 'ld-linux*.so.*' | head -n 1)
  [ -n "$loader" ] || fail "no loader among the packages"
  libraries=$(dirname "$(find "$folder/usr/lib" -name 'libstdc++.so.6' | head -n 1)")
  for program in "$folder"/usr/bin/condor_* "$folder"/usr/bin/classad_* "$folder"/usr/sbin/condor_* \
    "$folder"/usr/libexec/condor/*; do
    if is_program "$program"; then
      patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries:$folder/usr/lib" "$program"
    fi
  done
}

mkdir -p "$folder" "$cache"
folder=$(cd -- "$folder" && pwd)
cache=$(cd -- "$cache" && pwd)
[ -d "$cache/debs" ] || download
for package in "$cache"/debs/*.deb; do dpkg -x "$package" "$folder"; done
patch_programs
touch "$folder/complete"
