"""Fails where a file of src/ includes a module that it must not know.

usage: check_layers.py [FOLDER]     (default: the src folder beside this one)

A module may include itself and those above it in LAYERS. Concrete engines are known to adapter/, app/ and server/ only, and
no other module's code names one, but for ENGINE_WORDS.
"""

import pathlib
import re
import sys

LAYERS = [
    "base", "download", "cluster", "jinja", "manifest", "sql", "thrift", "lake", "project", "graph", "adapter", "ledger",
    "artifacts", "resolve", "compile", "plan", "verify", "run", "app", "server", "cli",
]  # fmt: skip
CONCRETE = ("adapter/duckdb", "adapter/lake", "adapter/spark")
KNOW_CONCRETE = ("adapter", "app", "server")
KNOW_DOWNLOAD = ("download", "app", "cli")
ENGINE_HEADERS = {"duckdb.h": "adapter/duckdb", "duckdb.hpp": "adapter/duckdb"}
# Words of code outside of KNOW_CONCRETE that may name the engine, by file.
ENGINE_WORDS = {
    "project/profile.cc": {"complete_duckdb"},  # `type: duckdb` of a profile
}

TOKEN = re.compile(
    r"""
    //[^\n]*
  | /\*.*?\*/
  | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"
  | "(?:[^"\\\n]|\\.)*"
  | '(?:[^'\\\n]|\\.)+'
    """,
    re.DOTALL | re.VERBOSE,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
ENGINE_WORD = re.compile(r"\w*duckdb\w*", re.IGNORECASE)


def module_of(path):
    return path.split("/", 1)[0]


def code_of(text):
    """The text with comments, strings and includes blanked, line by line where it was."""

    def blank(match):
        return "\n" * match.group(0).count("\n") or " "

    return TOKEN.sub(blank, INCLUDE.sub("", text))


def include_faults(file, text, modules):
    module = module_of(file)
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        quoted, system = match.groups()
        name = quoted or system
        if owner := ENGINE_HEADERS.get(name):
            if not file.startswith(owner + "/"):
                yield f"{line}: {name} is for {owner}/ alone"
        if quoted is None:
            continue
        other = module_of(name)
        if "/" not in name or other not in modules:
            yield f'{line}: "{name}" is no file of a module; write the path from src/'
        elif other != module and LAYERS.index(other) > LAYERS.index(module):
            yield f"{line}: {module}/ must not include {name}: {other}/ lies below it"
        elif other == "download" and module not in KNOW_DOWNLOAD:
            yield f"{line}: {module}/ must not include {name}: download/ is for {', '.join(KNOW_DOWNLOAD[1:])}"
        elif name.startswith(CONCRETE) and module not in KNOW_CONCRETE:
            yield f"{line}: {module}/ must not include {name}: concrete adapters are for {', '.join(KNOW_CONCRETE)}"


def word_faults(file, text):
    if module_of(file) in KNOW_CONCRETE:
        return
    for number, line in enumerate(code_of(text).split("\n"), 1):
        for word in ENGINE_WORD.findall(line):
            if word not in ENGINE_WORDS.get(file, ()):
                yield f"{number}: {word}: {module_of(file)}/ must not name an engine"


def faults_in(folder):
    """One line a fault, "file:line: what". Empty where all is well."""
    faults = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".h", ".cc")):
        file = path.relative_to(folder).as_posix()
        if module_of(file) not in LAYERS:
            faults.append(f"{file}: {module_of(file)}/ has no place in LAYERS of tools/check_layers.py")
            continue
        text = path.read_text()
        faults += [f"{file}:{fault}" for fault in include_faults(file, text, LAYERS)]
        faults += [f"{file}:{fault}" for fault in word_faults(file, text)]
    return faults


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1] / "src"
    if not any(folder.rglob("*.h")):
        print(f"no sources in {folder}", file=sys.stderr)
        return 2
    faults = faults_in(folder)
    for fault in faults:
        print(f"src/{fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
