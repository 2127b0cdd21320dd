#!/bin/sh
# Downloads packages of a Debian release, with all that they need, without installing anything.
# Usage: Scripts/debs.sh SUITE DIRECTORY EXCLUDED PACKAGE...
#   EXCLUDED  an extended regular expression: packages whose names begin so are left out
# They come from where this machine gets its own, through a configuration of apt that knows nothing else.
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
suite=$1
directory=$2
excluded=$3
shift 3
[ ! -d "$directory" ] || exit 0

mirror=$("$here/../Tests/Condor/mirror.sh")
apt=$directory.apt
rm -rf "$apt" "$directory.new"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/etc/preferences.d" \
  "$apt/etc/apt.conf.d" "$apt/etc/sources.list.d" "$directory.new"
: >"$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
  >"$apt/etc/sources.list"
cat >"$apt/apt.conf" <<CONF
Dir::Etc "$apt/etc"; Dir::State "$apt"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache"; Dir::Log "$apt";
APT::Install-Recommends "false"; APT::Sandbox::User ""; Debug::NoLocking "true"; Acquire::Languages "none";
CONF
# A release that is not out yet says for how long its lists are good, and mirrors keep them for longer.
[ "$suite" = trixie ] || echo 'Acquire::Check-Valid-Until "false";' >>"$apt/apt.conf"
APT_CONFIG=$apt/apt.conf
export APT_CONFIG
apt-get -qq update
wanted=$(apt-get -s install "$@" | awk '$1 == "Inst" { print $2 }' | grep -Ev "^($excluded)")
[ -n "$wanted" ] || {
  echo "debs: $suite has no $*" >&2
  exit 1
}
# shellcheck disable=SC2086 # one word a package
(cd "$directory.new" && apt-get -qq download $wanted)
rm -rf "$apt"
mv "$directory.new" "$directory"
