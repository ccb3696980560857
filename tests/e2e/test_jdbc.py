"""The JDBC endpoint, met by clients that are not ours: Hive's JDBC driver, beeline, PyHive, impyla."""

import contextlib
import glob
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import time
import time
import unittest

import harness
from workbench import ADMIN, PASSWORD, WorkbenchCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPARK = ROOT / "build/deps/spark"
ORDERS = """
{{ config(materialized='table') }}
select i as id, (i * 1.5)::decimal(12, 2) as amount, date '2024-01-01' + (i % 10)::int as day, 'name ' || i as name from range(1000) t(i)
"""

PYHIVE = """
import sys, json
from pyhive import hive
found = {}
connection = hive.connect('127.0.0.1', int(sys.argv[1]), username=sys.argv[2], password=sys.argv[3], auth='CUSTOM')
cursor = connection.cursor()
for name, sql in json.load(sys.stdin).items():
    try:
        cursor.execute(sql)
        found[name] = {'columns': [list(column[:2]) for column in cursor.description or []], 'rows': [list(map(str, row)) for row in (cursor.fetchall() if cursor.description else [])]}
    except Exception as fault:
        found[name] = {'fault': str(fault)}
cursor.close()
connection.close()
print(json.dumps(found))
"""


def python_with_pyhive():
    program = SPARK / "bin/python"
    if not program.exists():
        raise unittest.SkipTest("PyHive is not installed (tools/setup.sh --tests)")
    return program


def jars():
    found = glob.glob(str(SPARK / "lib/python3*/site-packages/pyspark/jars/*.jar"))
    if not found or not shutil.which("java"):
        raise unittest.SkipTest("Java or the Hive driver's jars are not installed (tools/setup.sh --tests)")
    return ":".join(found)


class Endpoint(WorkbenchCase):
    def setUp(self):
        super().setUp()
        self.model("orders", ORDERS)
        self.model("few", "select * from {{ ref('orders') }} where id < 10")
        self.tidemark("run")
        self.serve_for_admin("--thrift-port", "0")
        ready = next(json.loads(line) for line in self.said if "EndpointReady" in line)
        self.thrift_port = ready["data"]["port"]

    def pyhive(self, statements, user=ADMIN, password=PASSWORD):
        done = subprocess.run([python_with_pyhive(), "-c", PYHIVE, str(self.thrift_port), user, password], input=json.dumps(statements), capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            return done.stderr
        return json.loads(done.stdout)

    def test_pyhive(self):
        found = self.pyhive(
            {
                "databases": "show databases",
                "tables": "show tables in analytics",
                "describe": "describe analytics.orders",
                "extended": "show table extended in analytics like 'few'",
                "types": "select cast(1 as tinyint) a, cast(2 as bigint) b, 1.5 c, cast(1.5 as double) d, date '2024-02-29' e, true f, null g, 'té' h, cast(0.5 as float) i, [1, 2] j",
                "spark": "select `name`, \"text\" as t, date_format(day, 'yyyy/MM/dd') from orders where name rlike '^name 1.$' and id <=> 12 -- a remark; with ' a quote",
                "fault": "select * from nowhere",
                "forbidden": "create table x as select 1",
                "file": "select * from parquet.`/etc`",
                "unknown": "show partitions orders",
                "use": "use analytics",
                "again": "select count(*) from few",
            }
        )
        self.assertEqual(found["databases"]["rows"], [["analytics"]])
        self.assertEqual(found["tables"]["rows"], [["analytics", "few", "False"], ["analytics", "orders", "False"]])
        self.assertEqual([row[:2] for row in found["describe"]["rows"]], [["id", "bigint"], ["amount", "decimal(12,2)"], ["day", "date"], ["name", "string"]])
        self.assertIn("Type: VIEW", found["extended"]["rows"][0][3])
        self.assertIn(" |-- amount: decimal(12,2) (nullable = true)", found["extended"]["rows"][0][3])
        types = [column[1] for column in found["types"]["columns"]]
        self.assertEqual(types, ["TINYINT_TYPE", "BIGINT_TYPE", "DECIMAL_TYPE", "DOUBLE_TYPE", "DATE_TYPE", "BOOLEAN_TYPE", "INT_TYPE", "STRING_TYPE", "FLOAT_TYPE", "ARRAY_TYPE"])
        self.assertEqual(found["types"]["rows"], [["1", "2", "1.5", "1.5", "2024-02-29", "True", "None", "té", "0.5", "[1, 2]"]])
        self.assertEqual(found["spark"]["rows"], [["name 12", "text", "2024/01/03"]])
        self.assertIn("nowhere", found["fault"]["fault"])
        self.assertIn("TM7301", found["forbidden"]["fault"])
        self.assertIn("fault", found["file"])
        self.assertIn("TM7603", found["unknown"]["fault"])
        self.assertEqual(found["again"]["rows"], [["10"]])

    def test_impyla(self):
        program = """
import sys
from impala.dbapi import connect
cursor = connect('127.0.0.1', int(sys.argv[1]), auth_mechanism='PLAIN', user=sys.argv[2], password=sys.argv[3]).cursor()
cursor.execute('select id, amount, day from analytics.orders where id < 3 order by id')
print(cursor.fetchall())
cursor.execute('select range as n from range(25000)')
print(len(cursor.fetchall()))
try:
    cursor.execute('select nonsense from analytics.orders')
except Exception as fault:
    print('nonsense' in str(fault))
"""
        done = subprocess.run([python_with_pyhive(), "-c", program, str(self.thrift_port), ADMIN, PASSWORD], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        first = "[(0, Decimal('0.00'), datetime.date(2024, 1, 1)), (1, Decimal('1.50'), datetime.date(2024, 1, 2)), (2, Decimal('3.00'), datetime.date(2024, 1, 3))]"
        self.assertEqual(done.stdout.splitlines(), [first, "25000", "True"])

    def test_a_stranger_is_refused(self):
        self.assertIn("TM7401", self.pyhive({}, password="wrong"))
        self.assertIn("TM7401", self.pyhive({}, user="nobody@example.com"))

    def test_a_token_is_a_password(self):
        token = self.client().post("/api/tokens", {"name": "bi"}).json()["token"]
        self.assertEqual(self.pyhive({"one": "select 1"}, user="tableau", password=token)["one"]["rows"], [["1"]])

    def test_jdbc(self):
        if not shutil.which("javac"):
            raise unittest.SkipTest("no Java compiler is installed (tools/setup.sh --tests)")
        done = subprocess.run(
            ["java", "-cp", jars(), str(ROOT / "tests/jdbc/Jdbc.java"), f"jdbc:hive2://127.0.0.1:{self.thrift_port}/analytics", ADMIN, PASSWORD], capture_output=True, text=True, timeout=300
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(
            done.stdout.splitlines(),
            [
                "product: tidemark",
                "schemas: (analytics|)",
                "table: few VIEW",
                "table: orders TABLE",
                "column: id BIGINT -5 1",
                "column: amount DECIMAL(12,2) 3 2",
                "column: day DATE 91 3",
                "column: name STRING 12 4",
                "count: (1000)",
                "typed: (7|10.50|2024-01-08|name 7)",
                "values: (9223372036854775807|1.5|null|true|2024-01-02 03:04:05.25|x\"y|7)",
                "prepared: (name 12)",
                "backticks: (2024-01-04|2024-01-06)",
                next(line for line in done.stdout.splitlines() if line.startswith("fault: ") and "nonsense" in line),
                "many: 200000 19999900000",
                "cancelled: true",
                "again: (1)",
            ],
        )

    def test_beeline(self):
        token = self.client().post("/api/tokens", {"name": "beeline"}).json()["token"]
        done = subprocess.run(
            ["java", "-cp", jars(), "org.apache.hive.beeline.BeeLine", "-u", f"jdbc:hive2://127.0.0.1:{self.thrift_port}/analytics", "-n", ADMIN, "-p", token, "--outputformat=csv2", "--silent=true"]
            + ["-e", "show tables; select id, amount from orders where id between 3 and 4 order by id; select * from nowhere;"],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "HOME": str(self.folder)},
        )
        self.assertIn("3,4.50\n4,6.00\n", done.stdout, done.stderr)
        self.assertIn("analytics,orders,false", done.stdout)
        self.assertIn("nowhere", done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def raw(self, sent):
        """What the endpoint answers to these bytes before it closes the connection."""
        with socket.create_connection(("127.0.0.1", self.thrift_port), timeout=30) as connection:
            answer = b""
            try:
                connection.sendall(sent)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                while some := connection.recv(65536):
                    answer += some
            except TimeoutError:
                raise
            except OSError:
                pass  # it may have closed the connection before it had read all
            return answer

    def test_bytes_that_are_no_protocol(self):
        self.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.raw(struct.pack(">BI", 1, 0x7FFFFFFF) + b"PLAIN")
        self.assertIn(b"only PLAIN", self.raw(struct.pack(">BI", 1, 6) + b"GSSAPI"))
        words = b"\0" + ADMIN.encode() + b"\0" + PASSWORD.encode()
        signed_in = struct.pack(">BI", 1, 5) + b"PLAIN" + struct.pack(">BI", 2, len(words)) + words
        self.assertEqual(self.raw(signed_in), struct.pack(">BI", 5, 0))
        self.raw(signed_in + struct.pack(">I", 0x7FFFFFFF) + b"x" * 1000)
        self.raw(signed_in + struct.pack(">I", 40) + b"\x80\x01\x00\x01\x7f\xff\xff\xff" + b"y" * 32)
        self.assertEqual(self.pyhive({"one": "select 1"})["one"]["rows"], [["1"]])

    def test_mutated_calls(self):
        """Calls with bytes changed, cut, doubled: an answer or the end of the connection, and the server lives with little memory."""
        seed = int(os.environ.get("TIDEMARK_SEED", "1"))
        print(f"TIDEMARK_SEED={seed}")
        chance = random.Random(seed)
        token = self.client().post("/api/tokens", {"name": "fuzz"}).json()["token"].encode()
        words = b"\0anybody\0" + token
        sign_in = struct.pack(">BI", 1, 5) + b"PLAIN" + struct.pack(">BI", 5, len(words)) + words
        text = lambda value: struct.pack(">I", len(value)) + value
        call = lambda name, fields: struct.pack(">I", 0x80010001) + text(name) + struct.pack(">I", 1) + b"\x0c\x00\x01" + fields + b"\0\0"
        identifier = b"\x0c\x00\x01" + b"\x0b\x00\x01" + text(b"g" * 16) + b"\x0b\x00\x02" + text(b"s" * 16) + b"\0"
        handle = b"\x0c\x00\x01" + identifier + b"\0"
        calls = [
            call(b"OpenSession", b"\x08\x00\x01" + struct.pack(">I", 7) + b"\x0d\x00\x04" + b"\x0b\x0b" + struct.pack(">I", 1) + text(b"use:database") + text(b"analytics")),
            call(b"ExecuteStatement", handle + b"\x0b\x00\x02" + text(b"select 1") + b"\x02\x00\x04\x01"),
            call(b"FetchResults", handle + b"\x08\x00\x02" + struct.pack(">I", 0) + b"\x0a\x00\x03" + struct.pack(">Q", 1000)),
            call(b"GetColumns", handle + b"\x0b\x00\x03" + text(b"%") + b"\x0b\x00\x04" + text(b"%_%")),
        ]
        for _ in range(2000 if os.environ.get("TIDEMARK_TEST_ALL") else 150):
            frames = b""
            for one in chance.sample(calls, chance.randint(1, len(calls))):
                changed = bytearray(one)
                for _ in range(chance.randint(0, 4)):
                    at = chance.randrange(len(changed))
                    what = chance.randrange(4)
                    if what == 0:
                        changed[at] = chance.randrange(256)
                    elif what == 1:
                        del changed[at : at + chance.randint(1, 8)]
                    elif what == 2:
                        changed[at:at] = changed[at : at + chance.randint(1, 40)]
                    else:
                        changed[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0"])
                    changed = changed or bytearray(b"\0")
                frames += struct.pack(">I", len(changed) if chance.random() < 0.9 else chance.randrange(1 << 32)) + bytes(changed)
            self.raw(sign_in + frames)
        self.assertEqual(self.pyhive({"one": "select 1"})["one"]["rows"], [["1"]])
        status = pathlib.Path(f"/proc/{self.server.pid}/status").read_text()
        self.assertLess(int(status.split("VmHWM:")[1].split()[0]), 500_000, "kB at the most")

    def test_a_client_that_dies_leaves_nothing_running(self):
        slow = "select count(*) from range(100000) a, range(1000000) b where a.range * b.range % 7 = 3"
        client = subprocess.Popen([python_with_pyhive(), "-c", PYHIVE, str(self.thrift_port), ADMIN, PASSWORD], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        client.stdin.write(json.dumps({"slow": slow}))
        client.stdin.close()
        browser = self.client()
        begun = lambda: [entry["id"] for entry in browser.get("/api/history").json()["entries"] if "range" in entry["sql"]]
        self.until(begun)
        state = lambda: browser.get(f"/api/executions/{begun()[0]}").json()["state"]
        self.until(lambda: state() == "running")
        client.send_signal(signal.SIGKILL)
        client.wait()  # the kernel closes its connection
        self.until(lambda: state() == "cancelled")

    def until(self, condition):
        for _ in range(600):
            if condition():
                return
            time.sleep(0.1)
        self.fail(f"it never came: {self.client().get('/api/history').json()}")


if __name__ == "__main__":
    unittest.main()
