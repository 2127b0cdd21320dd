#!/bin/bash
# A throw-away HTCondor pool as sites have them: in a root directory of its own, the daemons as root and condor, jobs as
# their owner, token files that a root process renews, a compute element, and Slurm behind BLAH. Needs root; all of
# it is gone with its first process, since that one leads a namespace of processes and of mounts.
# Usage: Tests/Condor/full-pool.sh up ROOT PORT SHARE [PID]    start it, and make its root directory if there is none;
#            SHARE is a directory that it sees under the same path; Slurm takes the two ports behind PORT;
#            it stops by itself when the process PID has ended
#        Tests/Condor/full-pool.sh run ROOT USER COMMAND ...  run something in it: as swab, or as root
#        Tests/Condor/full-pool.sh down ROOT
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# As in packages.sh, and for the same reason.
suite=trixie
user=swab
# The account exists only inside; the number is one that nobody else is likely to have.
uid=31501
node=$(uname -n)
node=${node%%.*}

say() { echo "full-pool: $*" >&2; }

# --- the root directory, once

build() {
  [ ! -e "$root/complete" ] || return 0
  local mirror
  mirror=$("$here/mirror.sh")
  rm -rf "$root"
  mkdir -p "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1
  # Nothing is to start by being installed.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends \
    condor slurmctld slurmd slurm-client munge >>"$root.log" 2>&1
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/*
  chroot "$root" useradd --uid "$uid" --user-group --create-home --shell /bin/bash "$user"
  # BLAH's scripts call what Python 3.12 has removed.
  sed -i 's/\.readfp(/.read_file(/' "$root/usr/libexec/blahp/blah.py"
  touch "$root/complete"
}

# --- its configuration, at each start

fill_in() { sed -e "s|@PORT@|$port|g" -e "s|@NODE@|$node|g" -e "s|@SLURM@|$((port + 1))|g" -e "s|@SLURMD@|$((port + 2))|g" "$@"; }

configure() {
  local directory
  # The directories that a boot would make. Old queues and logs go.
  rm -rf "$root"/var/{spool,log}/condor "$root"/var/spool/condor-ce "$root"/var/spool/slurm* "$root"/etc/condor/{passwords,tokens}.d
  install -d -m 755 "$root/run/lock"
  for directory in run/condor run/lock/condor var/log/condor var/spool/condor var/spool/condor-ce \
    var/lib/condor var/lib/condor/execute; do
    chroot "$root" install -d -o condor -g condor -m 755 "/$directory"
  done
  chroot "$root" install -d -o root -g condor -m 2770 /var/lib/condor/oauth_credentials
  chroot "$root" install -d -m 700 /etc/condor/passwords.d /etc/condor/tokens.d
  (umask 077 && head -c 48 /dev/urandom >"$root/etc/condor/passwords.d/POOL")
  # This machine's own name is looked up whatever the settings say.
  echo "127.0.0.1 localhost cm.pool.test $(uname -n) $node" >"$root/etc/hosts"
  rm -f "$root"/etc/condor/config.d/*
  fill_in "$here/common.conf" "$here/full-pool.conf" "$here/ce.conf" >"$root/etc/condor/config.d/50-pool"

  chroot "$root" install -d -o munge -g munge -m 755 /run/munge
  chroot "$root" install -d -o munge -g munge -m 700 /var/log/munge /var/lib/munge /etc/munge
  (umask 077 && head -c 1024 /dev/urandom >"$root/etc/munge/munge.key")
  chroot "$root" chown munge:munge /etc/munge/munge.key
  chroot "$root" install -d -o slurm -g slurm -m 755 /var/spool/slurmctld
  chroot "$root" install -d -m 755 /var/spool/slurmd
  fill_in "$here/slurm.conf" >"$root/etc/slurm/slurm.conf"
  echo "CgroupPlugin=disabled" >"$root/etc/slurm/cgroup.conf"
}

# --- up, run, down

is_master() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = condor_master ]; }
is_up() { [ -s "$root.pid" ] && is_master "$(cat "$root.pid")"; }

inside() {
  local as=$1
  shift
  nsenter --target "$(cat "$root.pid")" --mount --pid --root --wdns=/ -- \
    env -i PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin HOME="/home/$as" USER="$as" LANG=C.UTF-8 \
    setpriv --reuid "$as" --regid "$as" --init-groups -- "$@"
}

start() {
  local outer inner="" tries
  rm -f "$root.pid"
  mkdir -p "$root$share"
  # The names of the namespace end with it: no mount of this machine changes, and nothing outlives its first process.
  # A job must not inherit that signals are ignored, as a shell's background processes have it.
  # shellcheck disable=SC2016 # the inner shell's own words
  setsid unshare --mount --propagation private --pid --fork --kill-child -- /bin/bash -c '
    set -e
    root=$1 share=$2
    # The root must be a mount itself, or HTCondor can give no job a view of its own.
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind "$share" "$root$share"
    exec env -i --default-signal PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      chroot "$root" /usr/sbin/condor_master -f
  ' _ "$root" "$share" >"$root.out" 2>&1 </dev/null &
  outer=$!
  for tries in $(seq 100); do
    inner=$(tr -d ' ' <"/proc/$outer/task/$outer/children" 2>/dev/null || true)
    if [ -n "$inner" ] && is_master "$inner"; then break; fi
    inner=""
    sleep 0.1
  done
  [ -n "$inner" ] || {
    say "it does not start"
    cat "$root.out" >&2
    exit 1
  }
  echo "$inner" >"$root.pid"
  inside munge munged
  inside root slurmctld
  inside root slurmd -N "$node"
  for tries in $(seq 150); do
    if [ -n "$(inside root condor_status -af Name 2>/dev/null)" ] &&
      [ "$(inside root condor_status -schedd -af Name 2>/dev/null | wc -l)" -eq 2 ] &&
      inside root sinfo -h -o %T 2>/dev/null | grep -q idle; then
      return 0
    fi
    is_up || break
    sleep 0.3
  done
  say "it does not come up ($tries)"
  tail -n 20 "$root.out" "$root"/var/log/condor/MasterLog "$root"/var/spool/slurm*/log >&2
  down
  exit 1
}

down() {
  is_up || return 0
  local master
  master=$(cat "$root.pid")
  kill -QUIT "$master"
  for _ in $(seq 100); do
    is_up || break
    sleep 0.1
  done
  # The kernel ends everything in the namespace with its first process.
  if is_up; then kill -KILL "$master"; fi
  rm -f "$root.pid"
}

# Waits for the end of a process. By then another pool may have been started in the same place.
stop_after() {
  local started
  started=$(cat "$root.pid")
  tail --pid="$1" -f /dev/null
  [ "$(cat "$root.pid")" != "$started" ] || down
}

[ $# -ge 2 ] || {
  sed -n 5,9p "$0" >&2
  exit 64
}
[ "$(id -u)" -eq 0 ] || {
  say "only root can make a root directory and jobs of other users"
  exit 77
}
action=$1
mkdir -p "$(dirname -- "$2")"
root=$(cd -- "$(dirname -- "$2")" && pwd)/$(basename -- "$2")
shift 2
case $action in
  up)
    port=$1
    share=$2
    down
    build
    configure
    start
    if [ -n "${3:-}" ]; then stop_after "$3" >/dev/null 2>&1 </dev/null & fi
    ;;
  run) inside "$@" ;;
  down) down ;;
  *)
    say "up, run or down?"
    exit 64
    ;;
esac
