"""Fails where a tracked file does not belong into the repository.

usage: check_hygiene.py [FOLDER]     (default: the repository that this file is in)

No binary of more than 1 MB, no path of somebody's machine, no address of a package registry, no trailing white space in
code, a final newline in every text. Outside of a git work tree (an unpacked tarball) it says so and checks nothing.
"""

import pathlib
import re
import subprocess
import sys

LARGEST_BINARY = 1_000_000  # bytes
LARGEST_TEXT = 2_000_000
# Written in parts, so that this file passes its own check.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work/(?:main|shared|\.)|home/(?!user\b)\w+/|Users/\w+/|root/\.)")
REGISTRIES = re.compile("|".join(re.escape(name) for name in (
    "registry.npm" + "js.org", "pypi" + ".org", "files.python" + "hosted.org", "repo.maven" + ".apache.org", "repo1.maven" + ".org",
    "static.crates" + ".io", "crates" + ".io", "proxy.golang" + ".org", "deb.debian" + ".org", "archive.ubuntu" + ".com",
    "artifact" + "ory", "pkg" + ".dev")), re.IGNORECASE)  # fmt: skip
CODE = {".h", ".cc", ".py", ".sh", ".cmake", ".sql", ".yml"}
FREE_FORM = ("tests/", "fuzz/")  # white space there may be the point


def tracked(folder):
    output = subprocess.run(["git", "-C", folder, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    return [name for name in output.split("\0") if name]


def text_faults(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        if match := MACHINE_PATHS.search(line):
            yield f"{name}:{number}: a path of one machine: {match.group(0)}"
        if match := REGISTRIES.search(line):
            yield f"{name}:{number}: the address of a package registry: {match.group(0)}"
        if line.rstrip(" \t\r") != line and pathlib.Path(name).suffix in CODE and not name.startswith(FREE_FORM):
            yield f"{name}:{number}: white space at the end of the line"
    if text and not text.endswith("\n") and not name.startswith(FREE_FORM):
        yield f"{name}: no newline at its end"


def faults_in(folder, names):
    faults = []
    for name in names:
        path = pathlib.Path(folder) / name
        if not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = None
        if text is None or "\0" in text:
            if len(data) > LARGEST_BINARY:
                faults.append(f"{name}: a binary of {len(data)} bytes; at most {LARGEST_BINARY}")
            continue
        if len(data) > LARGEST_TEXT:
            faults.append(f"{name}: a text of {len(data)} bytes; at most {LARGEST_TEXT}")
        faults += text_faults(name, text)
    return faults


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).resolve().parents[1])
    try:
        names = tracked(folder)
    except (subprocess.CalledProcessError, FileNotFoundError):
        print(f"skipped: {folder} is no git work tree")
        return 77
    faults = faults_in(folder, names)
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
