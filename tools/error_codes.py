"""The table of error codes in docs/errors.md, taken from the source.

usage: error_codes.py            fails where the table lacks a code of the source, or names one that is no more
       error_codes.py --write    writes the table again

A code's texts are those that the source gives it; `…` stands for what differs from case to case.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/errors.md"
PHASES = {"1": "Project and configuration", "2": "Templates", "3": "Graph and selection", "4": "Engine and warehouse", "5": "Ledger and plan", "6": "Run", "7": "Server", "9": "Internal: a fault of tidemark itself"}
CODE = re.compile(r'"(TM(\d)\d{3})"')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
TEXTS = 3  # of a code, in the table
HEAD = """# Errors

Every error has a code that stays the same from version to version, says where, and says what to do about it where that is
known. The first digit is the phase. Exit codes: 0 all well, 1 a node failed, 2 the command could not run.

The tables below are written by `tools/error_codes.py --write`; `…` stands for a name or value.
"""


def message_after(text, start):
    """The message that follows a code: its literals, with … for what stands between them."""
    depth, at, parts, gap = 0, start, [], False
    while at < len(text):
        char = text[at]
        if match := LITERAL.match(text, at):
            parts.append(match.group(1))
            gap = False
            at = match.end()
            continue
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth <= 0:
                break
        elif char == ";":
            break
        elif char == "+" and depth <= 0:
            gap = True
            parts.append("…")
        elif char == "," and parts:
            break
        at += 1
    if gap and not parts:
        return ""
    said = "".join(parts).replace('\\"', '"').replace("\\n", " ")
    said = re.sub(r"\{[^{}]*\}", "…", said.replace("{{", "\0").replace("}}", "\1")).replace("\0", "{").replace("\1", "}")
    return re.sub(r"…(?:\s*…)+", "…", said).strip()


def codes():
    """Code → its texts, in the order of the source's files."""
    found = {}
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in (".cc", ".h"):
            continue
        text = path.read_text()
        for match in CODE.finditer(text):
            texts = found.setdefault(match.group(1), [])
            comma = re.match(r"\s*,\s*", text[match.end() :])
            if not comma or path.name == "errors.cc":
                continue
            said = message_after(text, match.end() + comma.end())
            if len(said.replace("…", "").strip()) > 8 and said not in texts:
                texts.append(said)
    return found


def page(found):
    out = [HEAD]
    for digit, phase in PHASES.items():
        rows = [code for code in sorted(found) if code[2] == digit]
        if not rows:
            continue
        out.append(f"\n## TM{digit}: {phase}\n\n| code | says |\n|---|---|\n")
        for code in rows:
            texts = [text.replace("|", "\\|") for text in found[code][:TEXTS]]
            more = " · and the like" if len(found[code]) > TEXTS else ""
            out.append(f"| {code} | {' · '.join(texts) + more or '(as its cause says)'} |\n")
    return "".join(out)


def main():
    found = codes()
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(found))
        return 0
    listed = set(re.findall(r"^\| (TM\d{4}) \|", PAGE.read_text(), re.MULTILINE))
    faults = [f"{code} is not in docs/errors.md" for code in sorted(set(found) - listed)] + [f"{code} of docs/errors.md is not in the source" for code in sorted(listed - set(found))]
    print("\n".join(faults + ["run tools/error_codes.py --write"] if faults else []), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
