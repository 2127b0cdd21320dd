#!/bin/sh
# Prints the address that this machine gets its Debian packages from: other releases are there too.
set -eu

# shellcheck disable=SC2016 # apt fills it in
apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' | grep -m1 -E '/debian/?$' || {
  echo "mirror: apt knows no Debian mirror" >&2
  exit 69
}
