"""Measures tidemark against the engine alone and against the peers that are installed, side by side.

    make bench                         every measurement on 12 generated months of 3 million trips (about 700 MB)
    make bench BENCH=--small           the same on small files: whether it runs, not how fast it is
    make bench BENCH="--only parse"    one group: journey, parse, start, late, maintained,
                                       sums, unchanged, files

Results are printed and written to bench/RESULTS.md (not with --small or --only). Each figure is the best of ten, warm;
of three where a run takes seconds. A limit is what the project promises; a figure beyond it is marked.
"""

import argparse
import datetime
import os
import pathlib
import platform
import shutil
import subprocess
import sys

import cases
from measure import run

ROOT = pathlib.Path(__file__).resolve().parents[1]
WORK = ROOT / "build/bench"
DUCKDB = ROOT / "build/deps/duckdb"


def build_duck():
    """The engine alone as a program."""
    program, source = WORK / "duck", ROOT / "bench/duck.cc"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        run(["g++", "-O2", f"-I{DUCKDB}/include", source, "-o", program, f"-L{DUCKDB}/lib", "-lduckdb", f"-Wl,-rpath,{DUCKDB}/lib"])
    return program


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")) // 2**20
    return f"{os.cpu_count()} cores of {cpu}, {memory} GiB; Linux {platform.release()}"


def load():
    return f"load {os.getloadavg()[0]:.1f} at the start"


def commit():
    try:
        return subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def table(rows):
    head = ["what", "tidemark", "beside it", "", "ratio", "CPU, s", "limit", ""]
    lines = [head] + [row.cells() for row in rows]
    return "\n".join(["| " + " | ".join(lines[0]) + " |", "|---|---|---|---|---|---|---|---|"] + ["| " + " | ".join(line) + " |" for line in lines[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="small files")
    parser.add_argument("--only", action="append", choices=sorted(cases.GROUPS), help="one group of measurements; may be repeated")
    parser.add_argument("--times", type=int, default=10, help="samples of each figure")
    parser.add_argument("--tidemark", type=pathlib.Path, default=ROOT / "build/release/bin/tidemark")
    options = parser.parse_args()

    WORK.mkdir(parents=True, exist_ok=True)
    before = load()
    bench = cases.Bench(ROOT, WORK / ("small" if options.small else "full"), options.tidemark.resolve(), build_duck(), options.small, options.times)
    rows = []
    for name in options.only or cases.GROUPS:
        print(f"bench: {name}", file=sys.stderr, flush=True)
        for row in cases.GROUPS[name](bench):
            print("  " + "  ".join(filter(None, row.cells())), file=sys.stderr, flush=True)
            rows.append(row)
    shutil.rmtree(bench.folder / "projects", ignore_errors=True)

    text = table(rows)
    print(text)
    if not options.small and not options.only:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        about = f"`make bench` at {commit()}, {now}. {machine()}; {before}. Best of {options.times}, warm, in turns; of 3 where a run takes seconds."
        (ROOT / "bench/RESULTS.md").write_text(f"# Results\n\n{about}\n\n{text}\n\n{cases.NOTES}")
    return 1 if any(row.missed() for row in rows) and not options.small else 0


if __name__ == "__main__":
    sys.exit(main())
