"""Runs the browser tests of the workbench (*.test.mjs) by Node and Debian's Chromium. What is missing skips them, and is said."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def node():
    fetched = ROOT / "build/deps/node/bin/node"
    return str(fetched) if fetched.exists() else shutil.which("node")


def chromium():
    return os.environ.get("TIDEMARK_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def main():
    missing = [what for what, there in {
        "node": node(), "chromium": chromium(), "web/node_modules": (ROOT / "web/node_modules/playwright-core").exists(), "web/dist": (ROOT / "web/dist/index.html").exists(),
    }.items() if not there]  # fmt: skip
    if missing:
        print(f"skipped: there is no {', no '.join(missing)} (tools/setup.sh --tests, make web)")
        return 77
    names = sys.argv[1:] or sorted(path.name for path in HERE.glob("*.test.mjs"))
    environment = dict(os.environ, TIDEMARK_CHROMIUM=chromium())
    budget = subprocess.run([node(), "web/tools/budget.mjs"], cwd=ROOT, env=environment)
    types = subprocess.run([node(), "node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings", "--output", "machine"], cwd=ROOT / "web", env=environment, stdout=subprocess.PIPE, text=True)
    if types.returncode:
        print(types.stdout)
    tests = subprocess.run([node(), "--test", *names], cwd=HERE, env=environment)
    return 1 if budget.returncode or types.returncode or tests.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
