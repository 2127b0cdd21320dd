#!/bin/sh
# swab-job.sh: what an HTCondor job runs on a worker node. It finds the payload "swab", runs it with the
# arguments given, and sees to it that a report exists in the end, whatever happens to the payload.
#
# Usage: swab-job.sh ARGUMENT ...      for example: swab-job.sh delete --job job.json --report report.json.gz
#
# The payload is the first of these that exists:
#   $_CONDOR_SCRATCH_DIR/swab, ./swab      it came in the job's sandbox
#   $SWAB_PAYLOAD                          a path
#   $SWAB_CVMFS_DIR/ARCHITECTURE/swab      SWAB_CVMFS_DIR is /cvmfs/cms.cern.ch/swab unless set;
#                                          the architecture is what "uname -m" prints
#
# Environment:
#   BEARER_TOKEN_FILE      set here from $_CONDOR_CREDS/cms.use (or the first *.use) when the job has neither
#                          BEARER_TOKEN nor BEARER_TOKEN_FILE
#   SWAB_MIN_FAIL_SECONDS  a job whose payload breaks, or comes to nothing in a way that may be the node's fault, lasts
#                          at least this long (default 300, 0: off), so that a broken node does not eat a whole queue
#   PATH                   /usr/bin and /bin are added where it has no "date"
#
# Where no process can be started (a limit on tasks, a seccomp profile), this script becomes the payload instead of
# starting it; the payload then sees to it that the job lasts a while.
#
# The report is the file named by --report. It is made first, as "incomplete", because HTCondor holds a job whose
# output file is missing; a payload that writes its own replaces it, and that one is never touched again. For the same
# reason the file named by --journal is there from the start, empty.
#
# TERM, INT and HUP are passed on (INT as TERM: a shell starts its children with INT ignored), and this script
# ends only after the payload has. Its exit code is the payload's, 128 + N when signal N killed it, 70 when the
# payload could not start or ended with 0 without the report it was to write, and 75 when a signal came first.
set -u

name=swab-job.sh
internal_error=70
broken_config=78
stopped_early=75

say() { printf '%s: %s\n' "$name" "$*" >&2; }

# The text inside the quotes of a JSON string: quotes and backslashes escaped, all but printable ASCII replaced.
json_text() {
  (
    LC_ALL=C
    text=$1
    out=
    while [ -n "$text" ]; do
      rest=${text#?}
      character=${text%"$rest"}
      text=$rest
      case $character in
        [\"\\]) out=$out\\$character ;;
        [\ -~]) out=$out$character ;;
        *) out="$out?" ;;
      esac
    done
    printf '%s' "$out"
  )
}

now_text() { date -u +%Y-%m-%dT%H:%M:%SZ; }
now_seconds() { date +%s; }

# Sets $report, $journal and $with_steps from the payload's arguments.
read_arguments() {
  report=
  journal=
  with_steps=yes
  awaited=
  for argument in "$@"; do
    case $awaited in
      --report) report=$argument ;;
      --journal) journal=$argument ;;
      --report-files) [ "$argument" != none ] || with_steps=no ;;
    esac
    if [ -n "$awaited" ]; then
      awaited=
      continue
    fi
    case $argument in
      --) break ;;
      --report | --report-files | --journal) awaited=$argument ;;
      --report=*) report=${argument#--report=} ;;
      --journal=*) journal=${argument#--journal=} ;;
      --report-files=none) with_steps=no ;;
    esac
  done
}

# The report as JSON: what happened, WMCore's code for it, the exit code, whether the job has ended.
report_json() {
  reason=$(json_text "$1")
  finished=null
  seconds=0
  if [ "$4" = ended ]; then
    finished="\"$(now_text)\""
    seconds=$(($(now_seconds) - started_seconds))
    [ "$seconds" -ge 0 ] || seconds=0
  fi
  steps=
  if [ "$with_steps" = yes ]; then
    # The shape of WMCore's JSON job report.
    steps="\"files\":[],
\"steps\":{\"swab\":{\"status\":$2,\"site\":null,\"start\":\"$started_text\",\"stop\":$finished,\
\"errors\":[{\"exitCode\":$2,\"type\":\"swab-job\",\"details\":\"$reason\"}],\
\"cleanup\":{\"removed\":[],\"unremoved\":[]}}},
"
  fi
  cat <<JSON
{"schema":"swab.job-report/1","tool":{"name":"$name","version":"1","commit":"unknown"},
"status":"incomplete",
"job":{"host":"$host","user":"$user","pid":$$,"started":"$started_text","finished":$finished,\
"seconds":$seconds,"site":null,"subsite":null,"siteConfig":null,"campaign":null,"jobId":null,"condor":null},
"request":{"sources":[],"rse":null,"allow":[],"protected":{"files":[],"entries":0},"dryRun":false,\
"retries":0,"timeout":null,"deadline":null,"concurrency":null},
"summary":{"requested":0,"deleted":0,"absent":0,"failed":0,"refused":0,"notAttempted":0,"attempts":0,\
"filesPerSecond":0,"latency":{"p50":0,"p90":0,"p99":0,"max":0}},
"storage":[],
"errors":[],
"warnings":[],
$steps"exit":{"code":$3,"wmcoreExitCode":$2,"reason":"$reason"}}
JSON
}

# Standard input, gzipped where this node has a gzip; readers tell by content, not by name.
compressed() {
  if command -v gzip >/dev/null 2>&1; then
    gzip -c
  elif command -v busybox >/dev/null 2>&1 && busybox gzip -h >/dev/null 2>&1; then
    busybox gzip -c
  else
    cat
  fi
}

uncompressed() {
  gzip -dc <"$1" 2>/dev/null || busybox gzip -dc <"$1" 2>/dev/null || cat "$1"
}

# Whether the report may be (re)written: it is not there, empty, or one of this script's own.
report_is_ours() {
  [ -s "$report" ] || return 0
  uncompressed "$report" 2>/dev/null | head -n 1 | grep -qF "\"tool\":{\"name\":\"$name\""
}

# Writes the report beside its place and moves it there, so that it always parses. Arguments as of report_json.
write_report() {
  [ -n "$report" ] || return 0
  report_is_ours || return 0
  temporary=$report.$name.$$
  case $report in
    *.gz) report_json "$@" | compressed >"$temporary" ;;
    *) report_json "$@" >"$temporary" ;;
  esac && mv -f "$temporary" "$report" && return 0
  rm -f "$temporary"
  say "can't write the report $report"
}

# Sets $payload to the first place that has one.
find_payload() {
  cvmfs=${SWAB_CVMFS_DIR:-/cvmfs/cms.cern.ch/swab}
  looked=
  for payload in "${_CONDOR_SCRATCH_DIR:+$_CONDOR_SCRATCH_DIR/swab}" "$PWD/swab" "${SWAB_PAYLOAD:-}" \
    "$cvmfs/$(uname -m)/swab"; do
    [ -n "$payload" ] || continue
    [ ! -f "$payload" ] || return 0
    looked="$looked${looked:+, }$payload"
  done
  payload=
  return 1
}

# Says what kind of file a payload is: "script", the machine it was built for as "uname -m" names it, "program"
# for a machine not known here, or "other".
# A shell would try to run anything else as a script, an empty file even with success.
payload_kind() {
  # shellcheck disable=SC2046 # one word a byte
  set -- $(od -An -v -tx1 -N20 "$1" | tr '\n' ' ')
  case "${1-} ${2-} ${3-} ${4-} ${19-} ${20-}" in
    "23 21 "*) echo script ;;
    "7f 45 4c 46 3e 00") echo x86_64 ;;
    "7f 45 4c 46 b7 00") echo aarch64 ;;
    "7f 45 4c 46 15 00" | "7f 45 4c 46 00 15") echo ppc64le ;;
    "7f 45 4c 46 "*) echo program ;;
    *) echo other ;;
  esac
}

# Whether the payload can be started; if not, $problem says why and $wmcore has WMCore's code.
payload_is_usable() {
  if [ ! -x "$payload" ] && ! chmod u+x "$payload" 2>/dev/null; then
    problem="the payload $payload is not executable"
    wmcore=50111
    return 1
  fi
  kind=$(payload_kind "$payload")
  case $kind in
    script | program | "$(uname -m)") return 0 ;;
    other) problem="the payload $payload is no program for this machine, or is cut short" ;;
    *) problem="the payload $payload is for $kind, this machine is $(uname -m)" ;;
  esac
  wmcore=50111
  return 1
}

# A file with a token that HTCondor's credential monitor left for this job.
set_token_file() {
  if [ -n "${BEARER_TOKEN:-}${BEARER_TOKEN_FILE:-}" ] || [ -z "${_CONDOR_CREDS:-}" ]; then
    return 0
  fi
  for file in "$_CONDOR_CREDS/cms.use" "$_CONDOR_CREDS"/*.use; do
    if [ -f "$file" ] && [ -r "$file" ]; then
      BEARER_TOKEN_FILE=$file
      export BEARER_TOKEN_FILE
      say "token file: $file"
      return 0
    fi
  done
}

# On a signal: remembers it and passes it on to what runs now, or keeps it in $unsent for what is started next.
# shellcheck disable=SC2317 # the traps call it
on_signal() {
  stopped=$1
  interrupted=yes
  if [ -n "$child" ]; then kill -s "$2" "$child" 2>/dev/null; else unsent=$2; fi
}

# Waits until the child has really ended: a trapped signal ends "wait" early. Sets $code.
wait_for_child() {
  code=
  while :; do
    interrupted=
    wait "$child"
    result=$?
    # After a signal that came as the child ended, the shell may not know the child any more.
    if [ "$result" -ne 127 ] || [ -z "$code" ]; then code=$result; fi
    [ -n "$interrupted" ] || break
  done
  child=
}

# Keeps a broken node busy for a while; a signal ends that.
hold_broken_node() {
  [ -z "$stopped" ] || return 0
  left=$((least + started_seconds - $(now_seconds)))
  [ "$left" -gt 0 ] || return 0
  [ "$left" -le "$least" ] || left=$least
  say "nothing came of it here, and that may be this node's fault: waiting $left s before this job ends"
  sleep "$left" &
  child=$!
  [ -z "$unsent" ] || kill "$child" 2>/dev/null
  result=$code
  wait "$child"
  [ -z "$stopped" ] || kill "$child" 2>/dev/null
  code=$result
}

# Ends the job because the payload could not start: $1 why, $2 WMCore's code.
fail_to_start() {
  phase=over
  say "$1"
  write_report "$1" "$2" "$internal_error" ended
  code=$internal_error
  hold_broken_node
  exit "$code"
}

# Writes a report with what the shell does itself.
# shellcheck disable=SC2317 # the trap of on_exit calls it
write_bare_report() {
  [ -n "$report" ] && [ ! -s "$report" ] || return 0
  printf '%s\n' "{\"schema\":\"swab.job-report/1\",\"tool\":{\"name\":\"$name\",\"version\":\"1\",\"commit\":\"unknown\"},\
\"status\":\"incomplete\",\"job\":{\"host\":\"unknown\",\"user\":\"unknown\",\"pid\":$$,\"started\":\"1970-01-01T00:00:00Z\",\
\"finished\":null,\"seconds\":0,\"site\":null,\"subsite\":null,\"siteConfig\":null,\"campaign\":null,\"jobId\":null,\"condor\":null},\
\"request\":{\"sources\":[],\"rse\":null,\"allow\":[],\"protected\":{\"files\":[],\"entries\":0},\"dryRun\":false,\"retries\":0,\
\"timeout\":null,\"deadline\":null,\"concurrency\":null},\"summary\":{\"requested\":0,\"deleted\":0,\"absent\":0,\"failed\":0,\
\"refused\":0,\"notAttempted\":0,\"attempts\":0,\"filesPerSecond\":0,\"latency\":{\"p50\":0,\"p90\":0,\"p99\":0,\"max\":0}},\
\"storage\":[],\"errors\":[],\"warnings\":[],\
\"exit\":{\"code\":$internal_error,\"wmcoreExitCode\":50110,\"reason\":\"no process can be started on this node\"}}" >"$report"
}

# Keeps the node busy for a while without starting a process: "sleep" is one.
# shellcheck disable=SC2317 # the trap of on_exit calls it
hold_without_processes() {
  [ "$least" -gt 0 ] && [ -r /proc/uptime ] || return 0
  read -r now _ </proc/uptime
  end=$((${now%.*} + least))
  while [ -z "$stopped" ] && read -r now _ </proc/uptime && [ "${now%.*}" -lt "$end" ]; do :; done
}

# On the end of this shell before the payload was started, which it did not ask for: it could not start a process.
# shellcheck disable=SC2317 # the trap calls it
on_exit() {
  [ "$phase" = before ] || return 0
  trap - EXIT
  say "no process can be started on this node: trying to become the payload"
  write_bare_report
  [ -z "$journal" ] || [ -e "$journal" ] || : >"$journal"
  SWAB_HOLD_SECONDS=$least
  export SWAB_HOLD_SECONDS
  for payload in "${_CONDOR_SCRATCH_DIR:+$_CONDOR_SCRATCH_DIR/swab}" "$PWD/swab" "${SWAB_PAYLOAD:-}" \
    "${SWAB_CVMFS_DIR:-/cvmfs/cms.cern.ch/swab}"/*/swab; do
    [ ! -x "$payload" ] || [ ! -f "$payload" ] || [ -n "$stopped" ] || exec "$payload" "$@"
  done
  hold_without_processes
  exit "$internal_error"
}

# What a signal is called.
signal_name() { kill -l "$1" 2>/dev/null || echo unknown; }

child=
stopped=
interrupted=
unsent=
least=${SWAB_MIN_FAIL_SECONDS:-300}
case $least in
  *[!0-9]* | 0?* | ??????*)
    say "SWAB_MIN_FAIL_SECONDS is not a number of seconds: using 300"
    least=300
    ;;
esac
read_arguments "$@"
phase=before
trap 'on_exit "$@"' EXIT
trap 'on_signal TERM TERM' TERM
trap 'on_signal INT TERM' INT
trap 'on_signal HUP HUP' HUP
command -v date >/dev/null 2>&1 || PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin
export PATH
started_text=$(now_text)
started_seconds=$(now_seconds)
host=$(json_text "$(uname -n)")
user=$(id -un 2>/dev/null) || user=$(id -u)
user=$(json_text "$user")
write_report "the payload did not start" 50110 "$internal_error" running
[ -z "$journal" ] || [ -e "$journal" ] || : >"$journal" || say "can't make the journal $journal"

find_payload || fail_to_start "no payload found: looked for $looked" 50110
payload_is_usable || fail_to_start "$problem" "$wmcore"
set_token_file
write_report "the payload was started and has not reported" 99303 "$internal_error" running

say "payload: $payload"
# Started from the shell's background a program would read /dev/null instead of standard input.
(exec 3<&0) 2>/dev/null || exec </dev/null
exec 3<&0
# The last thing before the start, with nothing in between that takes time.
if [ -n "$stopped" ]; then
  phase=over
  write_report "stopped by $stopped before the payload started" 99401 "$stopped_early" ended
  exit "$stopped_early"
fi
"$payload" "$@" <&3 3<&- &
child=$!
phase=over
exec 3<&-
# A signal that came between the start and the line that sets $child knew no child yet.
[ -z "$unsent" ] || kill -s "$unsent" "$child" 2>/dev/null
unsent=
wait_for_child

broken=
problem="the payload ended with exit code $code and left no report"
wmcore=99303
if [ "$code" -eq 126 ] || [ "$code" -eq 127 ]; then
  problem="the payload $payload could not be executed (code $code of the shell)"
  wmcore=50111
  code=$internal_error
  broken=yes
elif [ "$code" -gt 128 ]; then
  problem="the payload was killed by signal $((code - 128)) ($(signal_name "$((code - 128))")) before it wrote a report"
  wmcore=99401
  broken=yes
elif [ "$code" -eq "$internal_error" ] || [ "$code" -eq "$broken_config" ]; then
  broken=yes
elif [ "$code" -eq 65 ] || [ "$code" -eq 69 ] || [ "$code" -eq 73 ] || [ "$code" -eq "$stopped_early" ] ||
  [ "$code" -eq 76 ] || [ "$code" -eq 77 ]; then
  # A wrong clock, an endpoint that can't be reached from here, a full disk, a missing mount, no permission: all of that
  # may be this node's alone.
  broken=yes
elif [ "$code" -eq 0 ] && [ -n "$report" ] && report_is_ours; then
  # No report is no success.
  code=$internal_error
fi
[ -z "$stopped" ] || problem="$problem, after $stopped"
write_report "$problem" "$wmcore" "$code" ended
[ -z "$broken" ] || hold_broken_node
exit "$code"
