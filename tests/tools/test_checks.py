"""The checks of tools/ on small good and bad trees."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import check_hygiene  # noqa: E402
import check_layers  # noqa: E402
import error_codes  # noqa: E402
import terminal_svg  # noqa: E402


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


class Layers(Tree):
    def faults(self, files):
        for name, text in files.items():
            self.write(name, text)
        return check_layers.faults_in(self.folder)

    def test_downwards_is_allowed(self):
        self.assertEqual([], self.faults({"run/a.cc": '#include "run/a.h"\n#include "base/error.h"\n#include <vector>\n', "run/a.h": '#include "adapter/adapter.h"\n'}))

    def test_upwards_is_not(self):
        self.assertEqual(["base/a.h:2: base/ must not include run/run.h: run/ lies below it"], self.faults({"base/a.h": '// x\n  #  include "run/run.h"\n'}))

    def test_download_knows_base_alone(self):
        self.assertEqual(1, len(self.faults({"download/a.cc": '#include "base/error.h"\n#include "project/yaml.h"\n'})))
        self.assertEqual(2, len(self.faults({name: '#include "download/download.h"\n' for name in ("app/a.cc", "run/b.cc")})))

    def test_concrete_adapters_are_for_app(self):
        files = {name: '#include "adapter/duckdb/database.h"\n' for name in ("app/a.cc", "adapter/lake/b.cc", "run/c.cc")}
        self.assertEqual(["run/c.cc:1: run/ must not include adapter/duckdb/database.h: concrete adapters are for adapter, app, server"], self.faults(files))

    def test_the_engine_is_named_by_adapters_alone(self):
        text = '#include "base/error.h"\n// duckdb in a comment\nconst char* a = "duckdb";\n/* duckdb\n*/ auto b = R"x(duckdb)")x"; char q = \'"\';\nvoid open_duckdb();\n'
        self.assertEqual(["run/a.cc:6: open_duckdb: run/ must not name an engine"], self.faults({"run/a.cc": text, "adapter/duckdb/a.cc": text}))
        self.assertEqual(1, len([f for f in self.faults({"sql/b.cc": "#include <duckdb.h>\n"}) if "sql/b.cc" in f]))

    def test_an_unknown_module(self):
        self.assertEqual(1, len(self.faults({"util/a.h": ""})))
        self.assertIn("no file of a module", self.faults({"base/b.cc": '#include "b.h"\n'})[0])

    def test_the_command_fails(self):
        self.write("base/a.h", '#include "cli/flags.h"\n')
        command = [sys.executable, str(ROOT / "tools/check_layers.py"), str(self.folder)]
        self.assertEqual(1, subprocess.run(command, capture_output=True).returncode)
        self.write("base/a.h", "")
        self.assertEqual(0, subprocess.run(command, capture_output=True).returncode)


class Hygiene(Tree):
    def faults(self, name, content):
        self.write(name, content)
        return check_hygiene.faults_in(self.folder, [name])

    def test_clean_files(self):
        self.assertEqual([], self.faults("src/a.cc", "int a;\n"))
        self.assertEqual([], self.faults("tests/a.bin", b"\0" * 1000))
        self.assertEqual([], self.faults("docs/a.md", "in /home/user/ or build/work/main; two spaces  \n"))

    def test_what_must_not_be_there(self):
        self.assertIn("a binary", self.faults("a.bin", b"\0" * 1_000_001)[0])
        self.assertIn("a path of one machine", self.faults("a.md", "see /wor" + "k/main/src\n")[0])
        self.assertIn("a path of one machine", self.faults("a.md", "see '/home" + "/jane/x'\n")[0])
        self.assertIn("the address of a package registry", self.faults("a.txt", "https://pypi" + ".org/simple\n")[0])
        self.assertIn("white space", self.faults("src/a.h", "int a; \n")[0])
        self.assertIn("no newline", self.faults("src/a.h", "int a;")[0])


class Pictures(unittest.TestCase):
    def test_a_terminal_becomes_a_picture(self):
        drawn = terminal_svg.picture("\x1b[1m== a & b\x1b[0m\nplain \x1b[32m<ok>\x1b[0m\n10%\r20%\n")
        tree = xml.etree.ElementTree.fromstring(drawn)
        lines = ["".join(text.itertext()) for text in tree.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(["== a & b", "plain <ok>", "20%"], lines)
        self.assertIn('font-weight="bold">== a', drawn)
        self.assertIn('fill="#7ee787">&lt;ok&gt;', drawn)


class ErrorCodes(unittest.TestCase):
    def said(self, text):
        code = error_codes.CODE.search(text)
        return error_codes.message_after(text, code.end() + 2)

    def test_messages_are_found_in_the_source(self):
        self.assertEqual("no … in …", self.said('throw Error("TM1020", fmt::format("no {} in {}", name, folder.empty() ? "this" : "that"));'))
        self.assertEqual("cannot connect", self.said('throw Error("TM4103", "cannot connect").at(span);'))
        self.assertEqual("the function … cannot be registered", self.said('throw Error("TM4119", "the function " + name + " cannot be registered");'))
        self.assertEqual("'{' without '}'", self.said('throw Error("TM1213", fmt::format("\'{{\' without \'}}\'"));'))


if __name__ == "__main__":
    unittest.main()
