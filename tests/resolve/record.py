"""Records what dbt-core makes of the projects in projects/: the parts of its manifest that users rely on, and its
answers to the selections of selections.txt. compile_test compares tidemark with them.

As a test it says whether the recorded answers belong to the projects' files as they are; with TIDEMARK_UPDATE_GOLDEN=1
it records them again, which takes minutes and needs dbt-duckdb.

usage: record.py [PROJECT…]
"""

import hashlib
import importlib.metadata
import json
import os
import pathlib
import shlex
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "projects"
NODE_KEYS = """fqn alias database schema path original_file_path config unrendered_config tags meta description columns refs sources
 patch_path group access version latest_version deprecation_date test_metadata column_name attached_node file_key_name docs contract
 constraints language compiled_code relation_name doc_blocks index name identifier source_name source_description loader loaded_at_field
 loaded_at_query freshness quoting external source_meta label owner type maturity url model given expect overrides checksum primary_key""".split()
OWN = ("dbt", "dbt_duckdb")


def plain(value):
    """Without members that say nothing: null, empty lists and mappings, empty texts."""
    if isinstance(value, dict):
        members = {key: plain(item) for key, item in value.items()}
        return {key: item for key, item in members.items() if item not in (None, [], {}, "")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def is_own(unique_id: str) -> bool:
    return unique_id.split(".")[1] in OWN


def essence(node: dict) -> dict:
    out = {key: node[key] for key in NODE_KEYS if key in node}
    depends = node.get("depends_on") or {}
    out["depends_on"] = {
        "nodes": depends.get("nodes"),
        "macros": sorted(macro for macro in depends.get("macros") or [] if not is_own(macro)),
    }
    return plain(out)


def table(members: dict) -> dict:
    return {key: essence(members[key]) for key in sorted(members) if not is_own(key)}


def macro(value: dict) -> dict:
    keys = ("description", "arguments", "meta", "patch_path", "path")
    return plain({**{key: value[key] for key in keys}, "depends_on": sorted(m for m in value["depends_on"]["macros"] if not is_own(m))})


def manifest_essence(manifest: dict) -> dict:
    return {
        "nodes": table(manifest["nodes"]),
        "sources": table(manifest["sources"]),
        "exposures": table(manifest["exposures"]),
        "unit_tests": table(manifest["unit_tests"]),
        "disabled": {key: [essence(node) for node in nodes] for key, nodes in sorted(manifest["disabled"].items())},
        "macros": {key: macro(value) for key, value in sorted(manifest["macros"].items()) if not is_own(key)},
        "docs": {key: value["block_contents"] for key, value in sorted(manifest["docs"].items()) if not is_own(key)},
        "groups": {key: plain(value) for key, value in sorted(manifest["groups"].items())},
    }


def invoke(arguments: list[str], manifest=None):
    from dbt.cli.main import dbtRunner

    result = dbtRunner(manifest=manifest).invoke(["--quiet", "--log-level", "none", "--no-use-colors", *arguments])
    if result.exception:
        raise result.exception
    return result


def answer(line: str, manifest) -> list[str]:
    result = invoke(["ls", "--output", "json", "--output-keys", "unique_id", *shlex.split(line)], manifest)
    return sorted(json.loads(row)["unique_id"] for row in result.result or [])


def fingerprint(project: pathlib.Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in project.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(project).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def is_current(name: str) -> bool:
    golden = json.loads((HERE / f"{name}.json").read_text())
    if golden["versions"]["files"] == fingerprint(HERE / name):
        return True
    print(f"projects/{name} is not what projects/{name}.json was recorded from: make golden", file=sys.stderr)
    return False


def record(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder) / name
        shutil.copytree(HERE / name, work, symlinks=True)
        os.chdir(work)
        os.environ["DBT_PROFILES_DIR"] = str(work)
        if (work / "packages.yml").exists():
            invoke(["deps"])
        invoke(["compile", "--threads", "1"])
        essence_of_project = manifest_essence(json.loads((work / "target/manifest.json").read_text()))
        selections = work / "selections.txt"
        lines = selections.read_text().splitlines() if selections.exists() else []
        manifest = invoke(["parse"]).result
        answers = {line: answer(line, manifest) for line in lines}
        os.chdir(HERE)
    versions = {"files": fingerprint(HERE / name)} | {package: importlib.metadata.version(package) for package in ("dbt-core", "dbt-duckdb")}
    write(HERE / f"{name}.json", {"versions": versions, "compared": {key: True for key in NODE_KEYS}, **essence_of_project, "selections": answers})


def write(path: pathlib.Path, golden: dict) -> None:
    """One line a member, so that a change is one line of a diff."""
    sections = []
    for section, members in golden.items():
        rows = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}" for key, value in members.items()]
        sections.append(f"{json.dumps(section)}: {{\n" + ",\n".join(rows) + "\n}" if rows else f"{json.dumps(section)}: {{}}")
    path.write_text("{\n" + ",\n".join(sections) + "\n}\n")


def main(names: list[str]) -> int:
    projects = names or sorted(path.name for path in HERE.iterdir() if path.is_dir())
    if os.environ.get("TIDEMARK_UPDATE_GOLDEN") != "1":
        return 0 if all([is_current(project) for project in projects]) else 1
    if not any(package.name == "dbt-duckdb" for package in importlib.metadata.distributions()):
        print("needs dbt-duckdb beside dbt-core", file=sys.stderr)
        return 77
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    for project in projects:
        record(project)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
