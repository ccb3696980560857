"""Loads the artifacts in folders with dbt-core's own classes and says what is wrong with them.

usage: check_with_dbt.py FOLDER…
Each of manifest.json, run_results.json, catalog.json and sources.json that is there is read; each folder must have one.
"""

import pathlib
import sys

from dbt.artifacts.schemas.catalog import CatalogArtifact
from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.artifacts.schemas.run import RunResultsArtifact
from dbt.contracts.graph.manifest import Manifest

CLASSES = {
    "manifest.json": WritableManifest,
    "run_results.json": RunResultsArtifact,
    "catalog.json": CatalogArtifact,
    "sources.json": FreshnessExecutionResultArtifact,
}


def main(folder: pathlib.Path) -> int:
    read = 0
    for name, artifact_class in CLASSES.items():
        path = folder / name
        if not path.exists():
            continue
        artifact = artifact_class.read_and_check_versions(str(path))
        if name == "manifest.json":
            # What --state and --defer do with it.
            manifest = Manifest.from_writable_manifest(artifact)
            manifest.build_parent_and_child_maps()
            assert set(manifest.nodes) == set(artifact.nodes)
        # Written again by dbt it must still be readable: nothing was taken for something else.
        artifact_class.from_dict(artifact.to_dict(omit_none=False))
        read += 1
    if read == 0:
        print(f"no artifacts in {folder}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(max(main(pathlib.Path(folder)) for folder in sys.argv[1:]))
