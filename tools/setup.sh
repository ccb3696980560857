#!/usr/bin/env bash
# Brings what the build needs: packages by apt, libduckdb, its header and what the web workbench is made with by npm.
#   tools/setup.sh [--tests] [--spark] [--lint]
# --tests adds what only the tests need (GoogleTest, a Python environment in build/deps/venv, Chromium, and what --spark brings),
# --spark Java and a Spark in build/deps/spark, --lint the clang tools.
# Whatever is there already is left alone, so a second call is quick and needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly DUCKDB_VERSION=1.5.5-r.5
readonly HEADER_VERSION=1.4.4 # the newest npm package that holds a duckdb.h; libduckdb 1.5 has all of its functions
readonly NODE_VERSION=20.19.0 # fetched only where the system's is older than 18 (Ubuntu 22.04)
readonly DEPS=build/deps

want_tests=no
want_spark=no
want_lint=no
for argument in "$@"; do
  case $argument in
    --tests) want_tests=yes want_spark=yes ;;
    --spark) want_spark=yes ;;
    --lint) want_lint=yes ;;
    *) echo "usage: tools/setup.sh [--tests] [--spark] [--lint]" >&2 && exit 2 ;;
  esac
done

say() { echo "setup: $*"; }
fail() { echo "setup: error: $*" >&2 && exit 1; }

# Runs a command that needs the network, up to four times.
retried() {
  local try
  for try in 1 2 3; do
    "$@" && return
    say "failed: $* (try $try of 4)"
    sleep $((try * try * 2))
  done
  "$@"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "root rights are needed to install packages and there is no sudo. As root: apt-get install ${missing[*]}"
  fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"; }

os_version() { sed -n 's/^VERSION_ID="\?\([^"]*\)"\?$/\1/p' /etc/os-release; }

apt_packages() {
  echo g++ cmake ninja-build ccache python3 ca-certificates
  echo libssl-dev libyaml-cpp-dev libcurl4-openssl-dev libsqlite3-dev libspdlog-dev libfmt-dev libcli11-dev libxxhash-dev nlohmann-json3-dev libthrift-dev thrift-compiler libxlsxwriter-dev
  case $(os_version) in
    12) echo libboost1.81-dev ;;              # header-only regex; 12's default, 1.74, has none
    22.04) echo g++-12 libboost-dev libboost-regex-dev ;;
    *) echo libboost-dev ;;
  esac
  { command -v npm && command -v node; } >/dev/null || echo npm
  if [ $want_tests = yes ]; then
    echo libgtest-dev libgmock-dev python3-venv git
    # Ubuntu's package of that name only points at a snap.
    if grep -q '^ID=debian' /etc/os-release; then echo chromium; fi
  fi
  if [ $want_spark = yes ]; then echo python3-venv; fi
  if [ $want_lint = yes ]; then
    case $(os_version) in
      22.04) echo clang-tidy-15 clang-format-15 ;;
      *) echo clang-tidy-19 clang-format-19 ;;
    esac
  fi
}

# Spark 3.5 runs on Java 17; where the distribution has none, on its own.
java_package() {
  case $(os_version) in
    12 | 22.04 | 24.04) echo openjdk-17-jdk-headless ;;
    *) echo default-jdk-headless ;;
  esac
}

# Without it everything but Spark can be used and tested.
install_java() {
  command -v java >/dev/null && { [ $want_tests = no ] || command -v javac >/dev/null; } && return
  say "apt-get install $(java_package)"
  (missing=("$(java_package)") && apt update >/dev/null && apt install -y --no-install-recommends "${missing[@]}" >"$DEPS/apt.log" 2>&1) ||
    say "there is no Java and it could not be installed: what needs Spark is skipped"
}

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no apt here: install the likes of these yourself:" $(apt_packages)
    return
  fi
  missing=()
  local package
  for package in $(apt_packages); do
    case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
      *' installed') ;;
      *) missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} = 0 ] && return
  say "apt-get install ${missing[*]}"
  retried apt update >/dev/null
  retried apt install -y --no-install-recommends "${missing[@]}" >"$DEPS/apt.log" 2>&1 || {
    tail -20 "$DEPS/apt.log" >&2
    fail "apt-get could not install the packages (all it said: $DEPS/apt.log)"
  }
}

platform() {
  case $(uname -sm) in
    'Linux x86_64') echo linux-x64 ;;
    'Linux aarch64') echo linux-arm64 ;;
    *) fail "no libduckdb is known for $(uname -sm); build with cmake -DDUCKDB_ROOT=folder" ;;
  esac
}

# sum_is FILE NAME: whether a file has the sum that tools/fetched.sha256 gives for the name.
sum_is() {
  [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$(grep "  $2\$" tools/fetched.sha256 | cut -d' ' -f1)  -" ]
}

# The sums themselves are only taken again where files or this script changed.
duckdb_state() { cat tools/setup.sh tools/fetched.sha256 <(stat -Lc '%n %s %Y' $DEPS/duckdb/lib/libduckdb.so $DEPS/duckdb/include/duckdb.h 2>/dev/null) | sha256sum; }
have_duckdb() { [ "$(cat $DEPS/duckdb.stamp 2>/dev/null)" = "$(duckdb_state)" ]; }

# fetch PACKAGE MEMBER NAME TARGET: one file of an npm package, its sum checked.
fetch() {
  local folder=$DEPS/fetch.$$
  trap "rm -rf $folder" EXIT
  sum_is "$4" "$3" && return
  say "npm pack $1"
  mkdir -p "$folder" "$(dirname "$4")"
  (cd "$folder" && retried npm pack --silent "$1" >/dev/null) || fail "npm could not fetch $1"
  tar -xOf "$folder"/*.tgz "$2" >"$folder/file"
  sum_is "$folder/file" "$3" || fail "$2 of $1 is not the one that tools/fetched.sha256 names"
  mv "$folder/file" "$4"
  rm -r "$folder"
}

install_duckdb() {
  have_duckdb && return
  local system
  system=$(platform)
  fetch "@duckdb/node-bindings-$system@$DUCKDB_VERSION" package/libduckdb.so "libduckdb-$system.so" $DEPS/duckdb/lib/libduckdb.so
  fetch "duckdb@$HEADER_VERSION" package/src/duckdb/src/include/duckdb.h duckdb.h $DEPS/duckdb/include/duckdb.h
  duckdb_state >$DEPS/duckdb.stamp
}

# The web workbench is built by Node 18 or newer: the system's, else one of npm's in build/deps/node.
install_node() {
  local found
  found=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
  [ "${found:-0}" -ge 18 ] && return
  local system
  system=$(platform)
  fetch "node-$system@$NODE_VERSION" package/bin/node "node-$system" $DEPS/node/bin/node
  chmod +x $DEPS/node/bin/node
}

# Written into the folder itself, so that a deleted one is made again.
install_web() {
  local stamp=web/node_modules/.installed
  cmp -s web/package-lock.json $stamp && return
  say "npm ci (into web/node_modules)"
  (cd web && PATH="$PWD/../$DEPS/node/bin:$PATH" retried npm ci --ignore-scripts --silent) || fail "npm could not fetch what web/package-lock.json names"
  cp web/package-lock.json $stamp
}

# install_python ENVIRONMENT REQUIREMENTS. The stamp is in the environment itself, so that a deleted one is made again.
install_python() {
  local venv=$DEPS/$1 stamp=$DEPS/$1/requirements.txt
  cmp -s "$2" "$stamp" && "$venv/bin/python" -c '' 2>/dev/null && return
  say "pip install -r $2 (into $venv)"
  rm -rf "$venv"
  python3 -m venv "$venv"
  retried "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2" || fail "pip could not install $2"
  cp "$2" "$stamp"
}

mkdir -p $DEPS
install_packages
install_duckdb
install_node
install_web
if [ $want_tests = yes ]; then install_python venv tests/requirements.txt; fi
if [ $want_spark = yes ]; then
  install_java
  install_python spark tests/requirements-spark.txt
fi
