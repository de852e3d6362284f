# shellcheck shell=bash
# Sourced by ./run: what CI checks, each step timed. A step that fails counts as one failure and the next ones still run.

steps=()

# timed NAME COMMAND...
timed() {
  local name=$1 began=$SECONDS status=0; shift
  "$@" || status=$?
  steps+=("$((SECONDS - began)) $name")
  return $status
}

time_table() {
  local entry sum=0
  say "Seconds, by step:"
  for entry in "${steps[@]}"; do printf '%6d  %s\n' "${entry%% *}" "${entry#* }"; sum=$((sum + ${entry%% *})); done
  printf '%6d  %s\n' "$sum" "together"
}

check_format() { cpp_files | xargs -r clang-format-16 --dry-run -Werror; }

# What this branch changes; on main itself, what the last commit changed. Uncommitted files too.
changed_files() {
  local base
  base=$(git merge-base HEAD origin/main 2> /dev/null || true)
  [ -n "$base" ] && [ "$base" != "$(git rev-parse HEAD)" ] || base=$(git rev-parse -q --verify HEAD~1 || true)
  { if [ -n "$base" ]; then git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp'
    else git ls-files '*.cpp' '*.hpp'; fi
    git ls-files --others --exclude-standard '*.cpp' '*.hpp'; } | sort -u
}

# The sources to lint: those changed, and for a header that changed alone, its own source or one that includes it.
lint_files() {
  local file source
  changed_files | while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      *) source=${file%.hpp}.cpp
         [ -e "$source" ] || source=$(git grep -l --untracked "#include \"$file\"" -- '*.cpp' | head -1 || true)
         [ -z "$source" ] || echo "$source" ;;
    esac
  done | sort -u | while read -r file; do
    # benches are no part of clang's build, and tests/unit_main.cpp is Catch itself
    [ "$file" != tests/unit_main.cpp ] || continue
    ! grep -qF "\"$PWD/$file\"" build/fuzz/compile_commands.json || echo "$file"
  done
}

# Clang cannot read GCC's precompiled headers, so the compile commands are those of the fuzz preset.
check_lint() {
  configure fuzz
  local files; files=$(lint_files)
  [ -n "$files" ] || { echo "no source changed"; return 0; }
  # Catch's macros lead the analyzer through half of Catch: tests go without it
  local tests sources status=0
  tests=$(grep -E '(^|/)tests/' <<< "$files" || true) sources=$(grep -vE '(^|/)tests/' <<< "$files" || true)
  tidy <<< "$sources" || status=1
  tidy --checks=-clang-analyzer-* <<< "$tests" || status=1
  return $status
}

# tidy [OPTION...] < FILES
tidy() { xargs -r -P "${JOBS:-$(nproc)}" -n 1 tests/lint "$@"; }

# Documents and schemas that are made from declarations in the source.
check_generated() { build/release/tributary docs --check; }

kills_under_sanitizers() {
  [ -e tests/system/test_kills.py ] || return 0
  with_lab || return 0
  TRIBUTARY_BIN="$PWD/build/asan/tributary" run_program "10 kills (asan)" /usr/bin/python3 tests/system/test_kills.py --kills 10
}

check_command() {
  timed setup setup test
  timed format must "format" check_format || true
  timed lint must "clang-tidy" check_lint || true
  if timed "build release" must "build, warnings are errors" build release all; then
    export TRIBUTARY_BIN="$PWD/build/release/tributary"
    timed "generated files" must "generated files are fresh" check_generated || true
    timed "unit tests" run_unit release
    timed "system tests" run_system release
  fi
  if timed "build asan" must "build with sanitizers" build_tests asan; then
    timed "unit tests, asan" run_unit asan
    timed "kills, asan" kills_under_sanitizers
  fi
  time_table
  closing_line
}
