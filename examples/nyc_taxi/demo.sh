#!/usr/bin/env bash
# The journey on generated data: versions 1 to 3, then three late months, then the comparison with a full rebuild.
#   demo.sh PATH-TO-TIDEMARK
# Everything it writes is in data/sample and data/sample_warehouse; each call starts afresh.
set -euo pipefail
tidemark=$(realpath "${1:-../../build/release/bin/tidemark}")
rows=${TIDEMARK_DEMO_ROWS:-50000}
cd "$(dirname "$0")"

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
tm() {
  printf '$ tidemark %s\n' "$*"
  "$tidemark" "$@" --target sample
}

rm -rf data/sample data/sample_warehouse target logs
mkdir -p data/sample

step "Six months of trips"
tm run-operation generate_sample --args "{start: 2024-01, end: 2024-06, rows: $rows}"

step "Version 1, full batch"
tm run --select stg_trips agg_daily_revenue_v1

step "Version 2, incremental events"
tm run --select stg_trips_v2 agg_daily_revenue_v2

step "Version 3, incremental aggregation"
tm run --select stg_trips agg_daily_revenue_v3

step "Do they agree?"
tm run-operation compare_versions

step "Three months arrive late: 2021-01 to 2021-03"
tm run-operation generate_sample --args "{start: 2021-01, end: 2021-03, rows: $rows}"

step "Run again: version 1 reads all nine files, versions 2 and 3 what the late ones touch"
tm run

step "Do they agree still?"
tm run-operation compare_versions

step "The data tests"
tm test
