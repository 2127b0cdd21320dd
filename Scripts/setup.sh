#!/bin/sh
# Installs the Debian packages of the given groups of packages.txt that are missing; says nothing when none is. On
# another distribution it installs nothing: there it only says what the build lacks, and under which names to look for it.
# Usage: Scripts/setup.sh GROUP ...
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
policy=/usr/sbin/policy-rc.d
policy_mark='made by the setup of swab'

# The missing packages of one group, one a line.
missing() {
  wanted=$(awk -v group="$1" '$1 == group { print $2 }' "$here/packages.txt")
  [ -n "$wanted" ] || {
    echo "setup: packages.txt has no group named $1" >&2
    exit 64
  }
  # dpkg-query complains about names it does not know; those are just what is looked for.
  # shellcheck disable=SC2086 # one word a package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
  for package in $wanted; do
    printf '%s\n' "$installed" | grep -qxF "installed $package" || echo "$package"
  done
}

# What "swift build" needs and this machine lacks, as programs and modules of pkg-config call it.
lacking() {
  for program in make git c++ pkg-config; do
    command -v "$program" >/dev/null || echo "$program"
  done
  for module in libxml-2.0 libcurl openssl zlib libpcre2-8; do
    pkg-config --exists "$module" 2>/dev/null || echo "$module"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# Installing a server must not start it: its port may be in use, and the tests start their own. Where the
# machine has a policy for this already, that one is left in force.
hold_services() {
  [ -e "$policy" ] && return
  trap release_services EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

release_services() {
  if grep -qsF "$policy_mark" "$policy"; then as_root rm -f "$policy"; fi
}

[ $# -gt 0 ] || {
  echo "usage: $0 GROUP ..." >&2
  exit 64
}

# A toolchain can be there and lack a library.
check_swift_runs() {
  case " $groups " in
    *' build '*)
      said=$(swift --version 2>&1) || {
        printf 'setup: swift does not run: %s; https://www.swift.org/install/linux names the libraries that it needs\n' \
          "$(printf '%s\n' "$said" | head -n 1)" >&2
        exit 69
      }
      ;;
  esac
}

groups=$*
# Before anything is installed: without Swift all of it would be in vain.
case " $* " in
  *' build '*)
    command -v swift >/dev/null || {
      echo "setup: swift is not on the PATH: install Swift 6.2 or newer (https://www.swift.org/install/linux), and then this once more" >&2
      exit 69
    }
    ;;
esac

if ! command -v apt-get >/dev/null; then
  lacks=$(lacking | tr '\n' ' ')
  if [ -n "$lacks" ]; then
    echo "setup: this machine has no apt-get, and it lacks ${lacks% }: Documentation/Building.md has the names of the packages on other distributions" >&2
    exit 69
  fi
  check_swift_runs
  [ "$*" = build ] ||
    echo "setup: this machine has no apt-get: nothing was installed of what Scripts/packages.txt lists for: $*" >&2
  exit 0
fi

packages=
for group in "$@"; do
  more=$(missing "$group")
  packages="$packages${more:+ $(printf '%s' "$more" | tr '\n' ' ')}"
done
# Each once, also where several groups have it.
packages=$(printf '%s\n' "$packages" | tr ' ' '\n' | awk 'NF && !seen[$0]++' | tr '\n' ' ')
packages=${packages% }
[ -n "$packages" ] || {
  check_swift_runs
  exit 0
}

# Whoever may not become root gets the whole command to hand on.
if [ "$(id -u)" -ne 0 ] && ! { command -v sudo >/dev/null && sudo true; }; then
  echo "setup: packages are missing, and installing them needs root or sudo; as root: apt-get install --no-install-recommends $packages" >&2
  exit 77
fi
echo "setup: installing $packages"
hold_services
as_root apt-get update -q </dev/null
# shellcheck disable=SC2086 # one word a package
as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends $packages </dev/null
check_swift_runs
