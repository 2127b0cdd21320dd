#!/bin/sh
# Unpacks XRootD, as newer Debian releases package it, so that it runs from there without being installed: a directory for
# each release, with all libraries and their own loader.
# Usage: Tests/XRootD/packages.sh DIRECTORY
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
directory=$(cd -- "$1" && pwd)

# 5.8 and 6.2.
for suite in trixie forky; do
  [ ! -e "$directory/$suite/complete" ] || continue
  # What only an installation needs, or a tool that is not used here.
  "$here/../../Scripts/debs.sh" "$suite" "$directory/$suite.debs" \
    'systemd$|cron|logrotate|expect|tcl|perl|libperl|libtcl|tzdata|debconf|passwd|mount|login|adduser|sensible-utils' \
    xrootd-server xrootd-client xrootd-scitokens-plugins libc6 libstdc++6
  rm -rf "${directory:?}/$suite"
  mkdir "$directory/$suite"
  for package in "$directory/$suite.debs"/*.deb; do dpkg -x "$package" "$directory/$suite"; done
  touch "$directory/$suite/complete"
done
