"""What jinja2 itself gives for the templates of tests/jinja/cases/*.json.

As a test it renders every case again and compares with the recorded answer; with TIDEMARK_UPDATE_GOLDEN=1 it writes
the answers. jinja2 is set up as dbt does: sandboxed, with `do` and the loop controls, all else by default.

A file: {"jinja2": version, "context": {...}, "cases": [case, ...]}, with "native": "dbt" where dbt's own native rendering
or "jinja2" where jinja2's is meant (what is recorded is the repr of the value then). A case: {"group", "template", "context" (over the
file's), then "expected" (text) or "error" and "line" (the class of the exception, the line of the template)}. Where
tidemark differs on purpose, "differs" names a bold entry of docs/compatibility.md and "tidemark" is its own answer,
{"expected"} or {"error", "line"}. {"$set": [...]} and {"$tuple": [...]} in a context stand for those types.
"""

import copy
import json
import os
import pathlib
import re
import sys

try:
    import jinja2
    import jinja2.nativetypes
    import jinja2.sandbox
    from dbt_common.clients.jinja import get_environment
except ImportError:
    print("skipped: dbt is not installed")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
COMPATIBILITY = HERE.parents[1] / "docs/compatibility.md"
EXTENSIONS = ["jinja2.ext.do", "jinja2.ext.loopcontrols"]
RENDERINGS = {
    None: (jinja2.sandbox.SandboxedEnvironment(extensions=EXTENSIONS), str),
    "dbt": (get_environment(native=True), repr),
    "jinja2": (jinja2.nativetypes.NativeEnvironment(extensions=EXTENSIONS), repr),
}
KEYS = {"group", "template", "context", "expected", "error", "line", "differs", "tidemark"}


def value_of(json_value):
    if isinstance(json_value, dict):
        if set(json_value) == {"$set"}:
            return set(map(value_of, json_value["$set"]))
        if set(json_value) == {"$tuple"}:
            return tuple(map(value_of, json_value["$tuple"]))
        return {key: value_of(item) for key, item in json_value.items()}
    if isinstance(json_value, list):
        return [value_of(item) for item in json_value]
    return copy.copy(json_value)


def line_of(error):
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def answer(template, context, native):
    environment, form = RENDERINGS[native]
    try:
        text = form(environment.from_string(template).render(value_of(context)))
    except Exception as error:  # noqa: BLE001: every class is an answer
        return {"error": type(error).__name__, "line": line_of(error)}
    if re.search(r"0x[0-9a-f]{6,}>", text):
        raise SystemExit(f"prints an address, which differs from run to run: {template}")
    return {"expected": text}


def main():
    update = os.environ.get("TIDEMARK_UPDATE_GOLDEN") == "1"
    entries = set(re.findall(r"\*\*(.+?)\*\*", COMPATIBILITY.read_text(encoding="utf-8")))
    faults, count = [], 0
    for path in sorted((HERE / "cases").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if not update and content["jinja2"] != jinja2.__version__:
            print(f"skipped: recorded with jinja2 {content['jinja2']}, this is {jinja2.__version__}")
            return 77
        content["jinja2"] = jinja2.__version__
        for case in content["cases"]:
            count += 1
            now = answer(case["template"], {**content["context"], **case.get("context", {})}, content.get("native"))
            recorded = {key: case[key] for key in ("expected", "error", "line") if key in case}
            where = f"{path.name}: {case['template']!r}"
            if set(case) - KEYS:
                faults.append(f"{where}: unknown keys {set(case) - KEYS}")
            if "differs" in case and case["differs"] not in entries:
                faults.append(f"{where}: docs/compatibility.md has no entry **{case['differs']}**")
            if "differs" in case and {k: case["tidemark"].get(k) for k in now} == now:
                faults.append(f"{where}: does not differ")
            if not update and now != recorded:
                faults.append(f"{where}: jinja2 gives {now}, recorded is {recorded}")
            rest = {key: case.pop(key) for key in ("differs", "tidemark") if key in case}
            for key in recorded:
                case.pop(key)
            case.update(now)
            case.update(rest)
        if update:
            path.write_text(text_of(content), encoding="utf-8")
    print("\n".join(faults) or f"{count} cases, jinja2 {jinja2.__version__}")
    return 1 if faults or count == 0 else 0


def text_of(content):
    """One line a case, so that a diff shows what changed."""
    cases = ",\n  ".join(json.dumps(case, ensure_ascii=False) for case in content["cases"])
    native = f' "native": {json.dumps(content["native"])},\n' if "native" in content else ""
    return f'{{\n "jinja2": {json.dumps(content["jinja2"])},\n{native} "context": {json.dumps(content["context"], ensure_ascii=False)},\n "cases": [\n  {cases}\n ]\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
