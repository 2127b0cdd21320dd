#!/bin/sh
# A throw-away HTCondor pool: all daemons and jobs run on this machine as one user, on one port of the loopback
# interface, below one directory. Nothing is installed, and nothing needs root.
# Usage: Tests/Condor/pool.sh up DIRECTORY CACHE PORT [PID [second]]
#                                                         start it; CACHE keeps the packages (packages.sh); it stops
#                                                         by itself when the process PID has ended; "second": with a
#                                                         second worker node, whose jobs source DIRECTORY/second.sh first
#        Tests/Condor/pool.sh run DIRECTORY COMMAND ...      run something as the pool's user, with HTCondor's tools
#        Tests/Condor/pool.sh down DIRECTORY                 stop it and all of its jobs
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
# HTCondor runs no job for root; every Debian has this account.
user=nobody

say() { echo "pool: $*" >&2; }

as_user() {
  if [ "$(id -u)" -eq 0 ]; then
    # A session of root's own would be used for files that this user can't open.
    setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --inh-caps=-all -- \
      env -u XDG_RUNTIME_DIR HOME="$directory/home" USER="$user" LOGNAME="$user" "$@"
  else
    HOME="$directory/home" "$@"
  fi
}

with_condor() {
  as_user env CONDOR_CONFIG="$directory/condor_config" \
    PATH="$directory/release/usr/bin:$directory/release/usr/sbin:$PATH" "$@"
}

is_up() {
  [ -s "$directory/master.pid" ] &&
    [ "$(cat "/proc/$(cat "$directory/master.pid")/comm" 2>/dev/null)" = condor_master ]
}

# The release may lie where the pool's user can't go, such as below root's home; then it gets one of its own.
find_release() {
  "$here/packages.sh" "$cache/release" "$cache"
  if as_user test -x "$cache/release/usr/sbin/condor_master"; then
    ln -sfn "$cache/release" "$directory/release"
  else
    "$here/packages.sh" "$directory/release" "$cache"
  fi
}

configure() {
  for part in log spool execute run lock tokens passwords home; do mkdir -p "$directory/$part"; done
  chmod 700 "$directory/passwords" "$directory/tokens"
  # The key that signs the pool's tokens.
  (umask 077 && head -c 48 /dev/urandom >"$directory/passwords/POOL")
  sed -e "s|@DIRECTORY@|$directory|g" -e "s|@PORT@|$port|g" "$here/pool.conf" "$here/common.conf" \
    >"$directory/condor_config"
  if [ "$1" = second ]; then
    mkdir -p "$directory/execute-second"
    sed -e "s|@DIRECTORY@|$directory|g" "$here/second.conf" >>"$directory/condor_config"
    cat >"$directory/wrapper.sh" <<WRAPPER
#!/bin/sh
if grep -q '^Name = .*@second@' "\$_CONDOR_MACHINE_AD" && [ -e "$directory/second.sh" ]; then . "$directory/second.sh"; fi
exec "\$@"
WRAPPER
    chmod 755 "$directory/wrapper.sh"
  fi
  if [ "$(id -u)" -eq 0 ]; then chown -RPh "$user:" "$directory"; fi
}

# It starts with every signal as it is by default: the jobs would inherit what is ignored here.
start() {
  rm -f "$directory/master.pid"
  with_condor setsid env --default-signal condor_master -f -pidfile "$directory/master.pid" \
    >"$directory/master.out" 2>&1 </dev/null &
}

advertised() { [ -n "$(with_condor condor_status "$@" -af Name 2>/dev/null)" ]; }

wait_for_slot() {
  tries=150
  until advertised && advertised -schedd; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || { [ -s "$directory/master.pid" ] && ! is_up; }; then
      say "it does not come up"
      tail -n 20 "$directory/master.out" "$directory/log/MasterLog" >&2
      down
      exit 1
    fi
    sleep 0.3
  done
}

down() {
  is_up || return 0
  master=$(cat "$directory/master.pid")
  # A fast shutdown: jobs are killed, daemons end.
  kill -QUIT "$master"
  tries=100
  while is_up; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      say "it does not stop: killing it"
      # Its children end when they see that it is gone.
      kill -KILL "$master"
      break
    fi
    sleep 0.1
  done
  rm -f "$directory/master.pid"
}

# Waits for the end of a process. By then another pool may have been started in the same place.
stop_after() {
  started=$(cat "$directory/master.pid")
  tail --pid="$1" -f /dev/null
  [ "$(cat "$directory/master.pid")" != "$started" ] || down
}

[ $# -ge 2 ] || {
  sed -n 4,9p "$0" >&2
  exit 64
}
action=$1
directory=$2
shift 2
mkdir -p "$directory"
directory=$(cd -- "$directory" && pwd)

case $action in
  up)
    mkdir -p "$1"
    cache=$(cd -- "$1" && pwd)
    port=$2
    find_release
    configure "${4:-}"
    start
    wait_for_slot
    if [ -n "${3:-}" ]; then stop_after "$3" >/dev/null 2>&1 </dev/null & fi
    ;;
  run) with_condor "$@" ;;
  down) down ;;
  *)
    say "up, run or down?"
    exit 64
    ;;
esac
