# shellcheck shell=bash
# Sourced by the scripts in this folder: what starting and stopping a private server has in common.
# Sets action, dir, here, name; every script offers   NAME start|stop|kill|env DIR [PORT]
#   start   waits until a real request is answered, prints KEY=value lines (also in DIR/env); on a server that runs only prints
#   stop    a clean end;  kill  a crash: the next start brings the same data back on the same port
# `actions` names a script's further ones, `ports` how many ports in a row it needs; both before this is sourced.
set -euo pipefail
name=$(basename "$0"); here=$(cd "$(dirname "$0")" && pwd)
action=${1:-}; cache=${LAB_CACHE:-$HOME/.cache/tributary}
. "$here/packages.sh"

die() { echo "$name: $*" >&2; exit 1; }

case " start stop kill env ${actions:-} " in *" $action "*) ;; *) action= ;; esac
[ -n "$action" ] || { echo "usage: $name start|stop|kill|env${actions:+|$actions} DIR [PORT]" >&2; exit 2; }
[ -n "${2:-}" ] || { echo "usage: $name $action DIR [PORT]" >&2; exit 2; }
if [ "$action" != start ] && [ ! -d "$2" ]; then
  case $action in stop | kill) exit 0 ;; *) die "nothing was started in $2" ;; esac
fi
mkdir -p "$2"; dir=$(cd "$2" && pwd)

listening() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# all_free PORT: it and, for a server with several, those after it
all_free() { local p; for p in $(seq "$1" $(($1 + ${ports:-1} - 1))); do ! listening "$p" || return 1; done; }

# Sets port. The same directory gets the same one each time, below the ephemeral range; a taken one moves on.
choose_port() {
  if [ -n "${1:-}" ]; then
    port=$1; all_free "$port" || die "port $port is taken"
  else
    if [ -s "$dir/port" ]; then port=$(cat "$dir/port"); else port=$((10000 + $(printf %s "$name$dir" | cksum | cut -d' ' -f1) % 20000)); fi
    local tries=50
    until all_free "$port"; do port=$((port + 1)) tries=$((tries - 1)); [ $tries -gt 0 ] || die "no free port near $port"; done
  fi
  echo "$port" > "$dir/port"
}

# A pid file can outlive its process and the number be reused: the process must still work in or name our directory.
alive() {
  [ -s "$dir/pid" ] || return 1
  local pid; pid=$(head -1 "$dir/pid")
  kill -0 "$pid" 2>/dev/null || return 1
  case "$(readlink "/proc/$pid/cwd" 2>/dev/null)/" in "$dir"/*) return 0 ;; esac
  tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir"
}

# end SIGNAL: signals the server and waits until it is gone; a server that is not there is no error.
end() {
  if alive; then
    local pid; pid=$(head -1 "$dir/pid"); kill "-$1" "$pid"
    for _ in $(seq 300); do alive || break; sleep 0.1; done
    alive && die "process $pid is still there 30 s after SIG$1"
  fi
  rm -f "$dir/pid"
}

# await SECONDS COMMAND...: until the command succeeds; fails early when the server ends, and leaves none behind.
await() {
  local deadline=$((SECONDS + $1)); shift
  until "$@" > /dev/null 2>&1; do
    alive || { tail -25 "$dir/log" >&2 || true; die "the server ended while starting, its log is $dir/log"; }
    [ $SECONDS -lt $deadline ] || { tail -25 "$dir/log" >&2 || true; end KILL; die "not ready in time, its log is $dir/log"; }
    sleep 0.2
  done
}

# only_one COMMAND...: what fills the shared cache runs once, also when tests start several servers side by side.
only_one() {
  mkdir -p "$cache"; exec 9> "$cache/$name.lock"
  flock -w 900 9 || die "another $name has held $cache/$name.lock for 15 minutes"
  "$@"
  exec 9>&-   # before the server starts: it would inherit the lock
}

# need_apt PACKAGE...: installs what is missing, without letting Debian start or create system services for it.
need_apt() {
  local missing; missing=$(missing_packages "$@")
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install_packages "$dir/apt.log" $missing || die "these packages are needed: $missing"
}

# Servers that refuse root run as their own user, who must be able to enter the directory.
owned_by() {
  chown "$1" "$dir"; chmod 755 "$dir"
  runuser -u "$1" -- test -w "$dir" || die "user $1 cannot enter $dir: choose a directory whose parents are open (not under a private home)"
}
