# shellcheck shell=bash
# Sourced by ./run: the test command. Every program of tests, C++ or Python, ends with a line "N passed, N failed";
# what does not, or exits non-zero with nothing failed, counts as a failure: no part can be lost silently.

passed=0 failed=0 failures=()
count_failure() { failed=$((failed + 1)); failures+=("$1"); }
limit=${TEST_TIMEOUT:-1500}   # seconds a test program may take

# run_program TITLE COMMAND...
run_program() {
  local title=$1 output status=0 line; shift
  output=build/last-output
  say "== $title"
  timeout -k 10 "$limit" "$@" 2>&1 | tee "$output" || status=$?
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -1 || true)
  if [ -z "$line" ]; then
    count_failure "$title: ended without its closing line, status $status"; return 0
  fi
  passed=$((passed + ${line%% *})); line=${line#*, }
  failed=$((failed + ${line%% *}))
  if [ "${line%% *}" != 0 ]; then
    failures+=("$title: $line")
    # once more at the end: who sees only the end of a long log sees what failed
    while IFS= read -r line; do failures+=("  ${line:0:2000}"); done < <(grep -E '^(FAILED|.*:[0-9]+: FAILED)' "$output" | head -20)
  elif [ "$status" != 0 ]; then count_failure "$title: exit status $status though no test failed"; fi
}

# must STEP COMMAND...: a step that is no test; a failure counts as one and the rest goes on.
must() {
  local step=$1; shift
  say "== $step"
  "$@" || { count_failure "$step"; return 1; }
}

closing_line() {
  local failure
  for failure in ${failures[@]+"${failures[@]}"}; do
    case $failure in '  '*) echo "$failure" ;; *) echo "failed: $failure" ;; esac
  done
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
}

# lab_start: a real broker, real databases and a real Tryton, side by side, in a folder of their own, stopped when this shell ends,
# however it ends. Without a Tryton (its packages may be out of reach) the rest is tested; what needs it fails.
lab_start() {
  [ -z "${lab_state:-}" ] || { [ "$lab_state" = up ]; return; }
  lab_state=down
  say "== starting Kafka, PostgreSQL, MariaDB and Tryton"
  local settings mariadb tryton
  TRIBUTARY_LAB_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tributary-lab.XXXXXX")
  chmod 711 "$TRIBUTARY_LAB_DIR"   # the users postgres and mysql must be able to enter
  trap lab_stop EXIT
  trap 'exit 130' INT TERM
  export TRIBUTARY_LAB="$PWD/tests/lab" TRIBUTARY_LAB_DIR
  MARIADB_FLUSH=2 tests/lab/mariadb start "$TRIBUTARY_LAB_DIR/mariadb" > /dev/null & mariadb=$!
  tests/lab/tryton start "$TRIBUTARY_LAB_DIR/tryton" > /dev/null & tryton=$!
  settings=$(tests/lab/kafka start "$TRIBUTARY_LAB_DIR/kafka" &&
    PG_FSYNC=off tests/lab/postgres start "$TRIBUTARY_LAB_DIR/postgres") || { wait "$mariadb" "$tryton" || true; return 1; }
  wait "$mariadb" || return 1
  settings+=$'\n'$(tests/lab/mariadb env "$TRIBUTARY_LAB_DIR/mariadb")
  if wait "$tryton"; then settings+=$'\n'$(tests/lab/tryton env "$TRIBUTARY_LAB_DIR/tryton"); else count_failure "Tryton did not start"; fi
  set -a; eval "$settings"; set +a
  lab_state=up
}

# with_lab: lab_start, whose failure counts as one
with_lab() {
  lab_start || { count_failure "Kafka, PostgreSQL and MariaDB did not start"; return 1; }
}

lab_stop() {
  trap '' PIPE   # whoever read our output may be gone already
  local kept=build/lab-logs server
  for server in kafka postgres mariadb tryton; do
    tests/lab/$server stop "$TRIBUTARY_LAB_DIR/$server" || tests/lab/$server kill "$TRIBUTARY_LAB_DIR/$server" || true
  done
  if [ "$failed" != 0 ]; then
    rm -rf "$kept"; mkdir -p "$kept"
    for server in kafka postgres mariadb tryton; do cp "$TRIBUTARY_LAB_DIR/$server/log" "$kept/$server.log" 2> /dev/null || true; done
    echo "the broker's and the databases' logs are in $kept" >&2
  fi
  rm -rf "$TRIBUTARY_LAB_DIR"
}

has_target() { ninja -C "build/$1" -t query "$2" > /dev/null 2>&1; }

# build_tests PRESET: what the tests need of it
build_tests() {
  local preset=$1 target targets=()
  setup build; configure "$preset"
  for target in tributary unit_tests system_tests; do ! has_target "$preset" $target || targets+=($target); done
  [ ${#targets[@]} -gt 0 ] || { echo "there is nothing to test" >&2; return 1; }
  build "$preset" "${targets[@]}"
  export TRIBUTARY_BIN="$PWD/build/$preset/tributary"
}

# TSan of GCC 12 cannot map its shadow under today's address randomisation
unit_program() { if [ "$1" = tsan ]; then echo "setarch -R build/$1/$2"; else echo "build/$1/$2"; fi; }

# Debian's Python has Debian's confluent-kafka, whatever python3 comes first in PATH
python_tests() {
  find tests/system -maxdepth 1 -name 'test_*.py' 2> /dev/null | sort
  echo tests/lab/check_labs.py
  echo tests/docs/run_blocks.py
}

run_unit() {
  has_target "$1" unit_tests || { count_failure "there are no unit tests"; return 0; }
  # shellcheck disable=SC2046
  run_program "unit and pipeline tests ($1)" $(unit_program "$1" unit_tests)
}

run_system() {
  local script
  with_lab || return 0
  ! has_target "$1" system_tests || run_program "system tests ($1)" "build/$1/system_tests"
  for script in $(python_tests); do run_program "$script" /usr/bin/python3 "$script"; done
}

# run_named PRESET NAME...: titles and tags of both programs, and Python programs by file name
run_named() {
  local preset=$1 name program script specs=() before=$passed; shift
  for name in "$@"; do
    for script in "tests/system/$name.py" "tests/system/test_$name.py" "tests/docs/run_${name#run_}.py" "tests/lab/$name.py"; do
      if [ -e "$script" ]; then
        with_lab || return 0
        run_program "$script" /usr/bin/python3 "$script"; continue 2
      fi
    done
    case $name in \[* | *\**) specs+=("$name") ;; *) specs+=("*${name//,/\\,}*") ;; esac
  done
  if [ ${#specs[@]} -gt 0 ]; then
    local either; either=$(IFS=,; echo "${specs[*]}")
    for program in unit_tests system_tests; do
      has_target "$preset" $program || continue
      "build/$preset/$program" --list-test-names-only "$either" > build/matching 2> /dev/null || true
      [ -s build/matching ] || continue
      [ $program = unit_tests ] || with_lab || return 0
      # shellcheck disable=SC2046
      run_program "$program: $*" $(unit_program "$preset" $program) "$either"
    done
  fi
  [ $((passed + failed)) -gt "$before" ] || die "no test fits: $*"
}

test_command() {
  local preset=${PRESET:-release}
  case ${1:-} in
    unit) setup test; build_tests "$preset"; run_unit "$preset" ;;
    '') setup test; build_tests "$preset"; run_unit "$preset"; run_system "$preset" ;;
    *) setup test; build_tests "$preset"; run_named "$preset" "$@" ;;
  esac
  closing_line
}
