#!/usr/bin/env bash
# The journey on generated data: versions 1 to 4; then months arrive late, one is replaced and one removed; after each
# step every version is compared with a full rebuild.
#   demo.sh PATH-TO-TIDEMARK
# Everything it writes is in data/sample and data/sample_warehouse; each call starts afresh.
set -euo pipefail
tidemark=$(realpath "${1:-../../build/release/bin/tidemark}")
rows=${TIDEMARK_DEMO_ROWS:-50000}
cd "$(dirname "$0")"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
tm() {
  printf '\033[2m$ tidemark %s\033[0m\n' "$*"
  "$tidemark" "$@" --target sample
}

# brief PATTERN ARGUMENT...: of what tidemark says the lines with the pattern, without the time; all where it fails.
brief() {
  local pattern=$1
  shift
  if tm "$@" >"$log" 2>&1; then
    head -1 "$log"
    grep -E "$pattern" "$log" | sed -E 's/^[0-9:]{8}  //'
  else
    cat "$log"
    return 1
  fi
}
run() { brief ' OK ' run "$@"; }
generate() { brief wrote run-operation generate_sample --args "{start: $1, end: $2, rows: $3}"; }

rm -rf data/sample data/sample_warehouse target logs
mkdir -p data/sample

step "Six months of trips"
generate 2024-01 2024-06 "$rows"

step "Version 1, full batch"
run --select stg_trips agg_daily_revenue_v1

step "Version 2, incremental events"
run --select stg_trips_v2 agg_daily_revenue_v2

step "Version 3, incremental aggregation"
run --select stg_trips agg_daily_revenue_v3

step "Version 4, version 1's SQL as a materialized view; and a window of 14 days, as a warning"
run --select stg_trips agg_daily_revenue_v4 agg_daily_revenue_window

step "Do they agree?"
tm run-operation compare_versions

step "Three months arrive late: 2021-01 to 2021-03. What will a run do?"
generate 2021-01 2021-03 "$rows"
tm plan --select agg_daily_revenue_v4

step "Run again: version 1 reads all nine files, the others what the late ones touch"
run
tm run-operation compare_versions

step "2024-02 is replaced by a corrected file, 2021-02 is withdrawn"
generate 2024-02 2024-02 $((rows / 2))
rm data/sample/yellow_tripdata_2021-02.parquet
tm plan --select agg_daily_revenue_v4
run
tm run-operation compare_versions

step "Version 4 against a full rebuild, bit for bit"
tm verify --select agg_daily_revenue_v4

step "The window of days: its tests pass, and it is wrong"
brief 'Done\.' test --select agg_daily_revenue_window
if tm verify --select agg_daily_revenue_window; then
  echo "error: the window model should have drifted" >&2
  exit 1
fi

step "The data tests of all versions"
brief 'Done\.' test
