#!/usr/bin/env bash
# clang-tidy over the program's own sources, a file at a time on as many cores as there are.
#   tools/lint.sh [JOBS] [FILE...]      (default: every .cc file of src/)
# A file that passed is not looked at again until it, a header or .clang-tidy changes.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${1:-2}
shift || true
for tool in clang-tidy-19 clang-tidy-15 clang-tidy; do
  if command -v $tool >/dev/null; then break; fi
done
command -v "$tool" >/dev/null || { echo "lint: error: no clang-tidy (tools/setup.sh --lint brings it)" >&2 && exit 1; }
[ -f build/release/compile_commands.json ] || cmake --preset release --log-level=WARNING

if [ $# = 0 ]; then
  mapfile -t files < <(git ls-files -co --exclude-standard 'src/*.cc')
else
  files=("$@")
fi

mkdir -p build/lint
headers=$(git ls-files -co --exclude-standard 'src/*.h' | xargs cat .clang-tidy tools/lint.sh | sha256sum)

# Shown are faults only: clang-tidy counts what it suppresses on standard error. The extra arguments let it pass over
# gcc's own options and precompiled header.
lint_one() {
  local stamp key
  stamp=build/lint/$(tr / _ <<<"$1")
  key=$(sha256sum "$1")$headers
  [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] && return
  "$tool" --quiet -p build/release --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-gch --extra-arg=-Wno-ignored-optimization-argument "$1" 2>"$stamp.err" || {
    grep -E 'error:' "$stamp.err" || true
    return 1
  }
  rm -f "$stamp.err"
  printf '%s\n' "$key" >"$stamp"
}
export -f lint_one
export tool headers
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$jobs" bash -c 'lint_one "$0"'
echo "lint: ${#files[@]} files are clean"
