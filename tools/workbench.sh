#!/usr/bin/env bash
# The workbench of a project in the background: `make workbench-up` and its kin.
#   tools/workbench.sh up|down|logs BINARY PROJECT [flags of `tidemark serve`]
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: tools/workbench.sh up|down|logs BINARY PROJECT [flags]" >&2 && exit 2; }
readonly verb=$1 binary=$2 project=$3
shift 3
readonly state=$project/.tidemark
readonly pid_file=$state/workbench.pid log=$state/workbench.log password=$state/admin-password
readonly admin=admin@example.com

is_up() { [ -f "$pid_file" ] && [ "$(tr '\0' ' ' <"/proc/$(cat "$pid_file")/cmdline" 2>/dev/null | grep -c ' serve ')" = 1 ]; }
address() { sed -n 's/.*The workbench is at \(.*\)$/\1/p' "$log" | tail -1; }

tell() {
  echo "The workbench is at $(address)"
  if [ -f "$password" ]; then echo "Sign in as $admin with the password $(cat "$password")"; fi
}

up() {
  mkdir -p "$state"
  chmod 700 "$state"
  if is_up; then tell && return; fi
  if [ ! -f "$password" ]; then (umask 077 && od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$password"); fi
  : >"$log"
  (cd "$project" && exec setsid nohup "$binary" serve --admin-email "$admin" --admin-password-file .tidemark/admin-password "$@" >>.tidemark/workbench.log 2>&1 </dev/null) &
  echo $! >"$pid_file"
  for _ in $(seq 600); do
    if [ -n "$(address)" ]; then tell && return; fi
    is_up || break
    sleep 0.1
  done
  cat "$log" >&2
  rm -f "$pid_file"
  exit 1
}

down() {
  if ! is_up; then echo "The workbench is not running" && return; fi
  local pid
  pid=$(cat "$pid_file")
  kill "$pid"
  for _ in $(seq 100); do
    [ -d "/proc/$pid" ] || break
    sleep 0.1
  done
  if [ -d "/proc/$pid" ]; then kill -9 "$pid"; fi
  rm -f "$pid_file"
  echo "The workbench has stopped"
}

case $verb in
  up) up "$@" ;;
  down) down ;;
  logs) tail -n 40 "$log" ;;
  *) echo "no such verb: $verb" >&2 && exit 2 ;;
esac
