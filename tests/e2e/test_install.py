"""What `make install` puts under a prefix works there without the build folder."""

import pathlib
import re
import subprocess
import unittest

import harness
from harness import ProjectCase


class Install(ProjectCase):
    def test_an_installed_program_uses_what_is_installed_beside_it(self):
        build = pathlib.Path(harness.BIN).resolve().parents[1]
        prefix = self.folder / "usr local"
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
        self.model("one", "{{ config(materialized='table') }} select 1 as one")
        process = subprocess.run([prefix / "bin/tidemark", "run"], cwd=self.folder, env={**harness.clean_env(), "LD_DEBUG": "files"}, capture_output=True, text=True, timeout=harness.TIME_LIMIT)
        self.assertEqual(process.returncode, 0, process.stdout)
        loaded = set(re.findall(r"file=([^\[]*libduckdb\.so) \[", process.stderr))
        self.assertTrue(loaded)
        for path in loaded:
            self.assertTrue(pathlib.Path(path).resolve().is_relative_to(prefix.resolve()), path)
        self.assertEqual(self.table("one"), [(1,)])


if __name__ == "__main__":
    unittest.main()
