# tidemark: build, demo, tests. `make help` lists the targets. Every target does its own set-up.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TARGET ?= real
WORKBENCH_PORT ?= 3000
ENGINE ?= embedded
DEMO_ROWS ?= 50000

BINARY := $(CURDIR)/build/release/bin/tidemark
EXAMPLE := examples/nyc_taxi
SOURCES = git ls-files -co --exclude-standard 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'fuzz/*.cc' 'bench/*.cc'
CLANG_FORMAT ?= $(firstword $(foreach tool,clang-format-19 clang-format-15 clang-format,$(shell command -v $(tool) 2>/dev/null)))
# Where the demos run: TARGET real or sample (the files), ENGINE embedded or spark.
WHERE = $(if $(filter spark,$(ENGINE)),$(if $(filter sample,$(TARGET)),spark_sample,spark),$(TARGET))
TAXI = cd $(EXAMPLE) && $(BINARY)
# Ubuntu 22.04's own compiler is too old; tools/setup.sh brings this one there.
COMPILER = $(if $(filter 1%,$(filter-out 12 13 14 15 16,$(shell g++ -dumpversion 2>/dev/null | cut -d. -f1))),-DCMAKE_CXX_COMPILER=g++-12)

CTEST = ctest --output-on-failure --parallel 2

.DEFAULT_GOAL := build
.PHONY: build web setup download-data sample-data have-data demo demo-01 demo-02 demo-03 demo-04 demo-late-data run test demo-test spark-up spark-status spark-logs spark-down workbench-up workbench-down workbench-logs sqlpad-up sqlpad-down sqlpad-logs test-all golden bench format lint asan tsan clean install help

build: ## build build/release/bin/tidemark and the web workbench (the default)
	@tools/setup.sh
	@test -f build/release/build.ninja || cmake --preset release -DTIDEMARK_TESTS=OFF $(COMPILER) --log-level=WARNING
	@ninja -C build/release -j $(JOBS) tidemark web

web: ## build the web workbench alone (web/dist)
	@tools/setup.sh
	@test -f build/release/build.ninja || cmake --preset release -DTIDEMARK_TESTS=OFF $(COMPILER) --log-level=WARNING
	@ninja -C build/release -j $(JOBS) web

setup: ## install what the build needs (packages, libduckdb) and no more
	@tools/setup.sh

download-data: build ## download the yellow taxi files of 2024 (about 600 MB)
	@$(TAXI) download --start 2024-01 --end 2024-12 --skip-existing

sample-data: build ## generate six small months instead; then give the demos TARGET=sample
	@mkdir -p $(EXAMPLE)/data/sample
	@$(TAXI) run-operation generate_sample --target sample --args '{start: 2024-01, end: 2024-06, rows: $(DEMO_ROWS)}'

have-data:
	@ls $(EXAMPLE)/data/$(if $(filter sample,$(TARGET)),sample,raw)/*.parquet >/dev/null 2>&1 || { echo "There are no taxi files yet. Either 'make download-data' (600 MB), or 'make sample-data' and then TARGET=sample with each target." >&2; exit 1; }

demo: build ## the whole journey on generated files, with late ones and comparisons
	@TIDEMARK_DEMO_ROWS=$(DEMO_ROWS) $(EXAMPLE)/demo.sh $(BINARY)

demo-01: build have-data ## version 1: full batch
	@$(TAXI) run --select stg_trips agg_daily_revenue_v1 --target $(WHERE)

demo-02: build have-data ## version 2: incremental events
	@$(TAXI) run --select stg_trips_v2 agg_daily_revenue_v2 --target $(WHERE)

demo-03: build have-data ## version 3: incremental aggregation
	@$(TAXI) run --select stg_trips agg_daily_revenue_v3 --target $(WHERE)

demo-04: build have-data ## version 4: exact maintenance (a materialized view)
	@$(TAXI) run --select stg_trips agg_daily_revenue_v4 --target $(WHERE)

demo-late-data: build ## let 2021-01 to 2021-03 arrive late (downloaded; generated with TARGET=sample)
ifeq ($(TARGET),sample)
	@$(TAXI) run-operation generate_sample --target sample --args '{start: 2021-01, end: 2021-03, rows: $(DEMO_ROWS)}'
else
	@$(TAXI) download --start 2021-01 --end 2021-03 --skip-existing
endif

workbench-up: build ## start the example's workbench in the background; prints how to sign in (WORKBENCH_PORT=3000)
	@tools/workbench.sh up $(BINARY) $(EXAMPLE) --target $(TARGET) --port $(WORKBENCH_PORT)

workbench-down: ## stop it
	@tools/workbench.sh down $(BINARY) $(EXAMPLE)

workbench-logs: ## the last lines that it wrote
	@tools/workbench.sh logs $(BINARY) $(EXAMPLE)

sqlpad-up sqlpad-down sqlpad-logs: sqlpad-%: ## the same by the names of the SQL pad that it replaces
	@echo "make sqlpad-$* is make workbench-$*: the workbench takes SQLPad's place"
	@$(MAKE) --no-print-directory workbench-$*
spark-up: build ## start a Spark cluster on this machine for ENGINE=spark (Java and pyspark or SPARK_HOME are needed)
	@tools/setup.sh --spark
	@$(TAXI) spark up $(if $(SPARK_HOME),,--spark-home $(firstword $(wildcard $(CURDIR)/build/deps/spark/lib/python3*/site-packages/pyspark))) $(SPARK_FLAGS)

spark-status: build ## say what of it runs
	@$(TAXI) spark status

spark-logs: build ## show the ends of its logs
	@$(TAXI) spark logs

spark-down: build ## stop it
	@$(TAXI) spark down

run: build have-data ## run every model of the example
	@$(TAXI) run --target $(WHERE)

demo-test: build ## run the example's data tests
	@$(TAXI) test --target $(WHERE)

test-build:
	@tools/setup.sh --tests
	@cmake --preset release -DTIDEMARK_TESTS=ON $(COMPILER) --log-level=WARNING
	@ninja -C build/release -j $(JOBS)

test: test-build ## build everything and run the test suite
	@cd build/release && $(CTEST)

test-all: test-build ## the same with every long test in full
	@cd build/release && TIDEMARK_TEST_ALL=1 $(CTEST)

golden: test-build ## write the expected outputs again; look at the diff before committing
	@cd build/release && TIDEMARK_UPDATE_GOLDEN=1 $(CTEST) --label-regex golden
	@git diff --stat -- tests

bench: build ## measure against plain DuckDB (and the peers that are installed); takes a while
	@tools/setup.sh --tests
	@build/deps/venv/bin/python bench/run.py $(BENCH)

format: ## format all C++ files
	@tools/setup.sh --lint
	@$(SOURCES) | xargs -r $(CLANG_FORMAT) -i

lint: ## clang-format and clang-tidy, without changing anything
	@tools/setup.sh --tests --lint
	@$(SOURCES) | xargs -r $(CLANG_FORMAT) --dry-run --Werror
	@tools/lint.sh $(JOBS)

asan tsan: ## the test suite under the address and undefined-behaviour, or the thread sanitizer
	@tools/setup.sh --tests
	@cmake --preset $@ $(COMPILER) --log-level=WARNING
	@ninja -C build/$@ -j $(JOBS)
	@cd build/$@ && $(CTEST)

install: build ## install under PREFIX (/usr/local)
	@cmake --install build/release --prefix $(PREFIX) --strip

clean: ## remove what was built and what the example made; downloaded files and set-up stay
	@rm -rf build/release build/dev build/asan build/tsan build/fuzz web/dist
	@rm -rf $(EXAMPLE)/data/sample $(EXAMPLE)/data/warehouse $(EXAMPLE)/data/sample_warehouse $(EXAMPLE)/target $(EXAMPLE)/logs

help: ## list the targets
	@grep -hE '^[a-z0-9 -]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  %-16s %s\n", $$1, $$2}'
