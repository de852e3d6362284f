# shellcheck shell=bash
# Sourced by the stubs, after common.sh: a Python program of the standard library in NAME.app/, rows and journal in DIR.
# serve_stub PREFIX LINES [PORT]: starts it with LAB_PORT and LAB_JOURNAL set; LINES is what the server prints for its
# users, @URL@ is filled in. The journal keeps what was seeded: remove DIR for other rows.

# kept_choice VALUE...: these, or what an earlier start of DIR was given: rows and version belong to the journal.
kept_choice() {
  [ -s "$dir/journal" ] || echo "$*" > "$dir/chosen"
  cat "$dir/chosen"
}

serve_stub() {
  local prefix=$1 lines=$2 port=$3 url
  case $action in
    stop) end TERM; exit 0 ;;
    kill) end KILL; exit 0 ;;
    env) cat "$dir/env"; exit 0 ;;
  esac
  if ! alive; then
    command -v python3 > /dev/null || need_apt python3
    choose_port "$port"
    cd "$dir"; url=http://127.0.0.1:$port
    LAB_PORT=$port LAB_JOURNAL=$dir/journal PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here \
      setsid /usr/bin/python3 "$here/$name.app/server.py" >> "$dir/log" 2>&1 < /dev/null &
    echo $! > "$dir/pid"
    await 300 listening "$port"   # many rows take their time, once
    { echo "${prefix}_URL=$url"; echo "${lines//@URL@/$url}"; echo "${prefix}_PID_FILE=$dir/pid"; } > "$dir/env"
  fi
  cat "$dir/env"
}
