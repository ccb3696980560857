"""The workbench's server: sign-in, users, queries, results, saved queries."""

import csv
import io
import json
import os
import signal
import socket
import subprocess
import time
import unittest
import zipfile

import harness
from workbench import ADMIN, PASSWORD, Client, WorkbenchCase

ORDERS = """
{{ config(materialized='table') }}
select i as id, (i * 1.5)::decimal(12, 2) as amount, date '2024-01-01' + (i % 10)::int as day, 'name ' || i as name from range(1000) t(i)
"""


class Server(WorkbenchCase):
    def setUp(self):
        super().setUp()
        self.model("orders", ORDERS)
        self.model("few", "select * from {{ ref('orders') }} where id < 10")
        self.tidemark("run")

    def test_the_first_start_prints_a_link_that_makes_the_administrator_once(self):
        self.serve()
        link = next(json.loads(line) for line in iter(self.server.stdout.readline, "") if "SetupLink" in line)["info"]["msg"].split("#")[1]
        client = self.stranger()
        self.assertTrue(client.get("/api/session").json()["setup_needed"])
        wanted = {"token": "x" * len(link), "email": "me@example.com", "password": PASSWORD}
        self.assertEqual(client.post("/api/setup", wanted).status, 401)
        self.assertEqual(client.post("/api/setup", {**wanted, "token": link, "password": "short"}).status, 400)
        answer = client.post("/api/setup", {**wanted, "token": link})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json()["user"]["role"], "admin")
        self.assertEqual(client.get("/api/schema").status, 200)
        self.assertEqual(self.stranger().post("/api/setup", {**wanted, "token": link, "email": "other@example.com"}).status, 403)
        self.assertFalse(client.get("/api/session").json()["setup_needed"])

    def test_health_needs_nobody(self):
        self.serve_for_admin()
        answer = self.stranger().get("/healthz")
        self.assertEqual((answer.status, answer.json()), (200, {"status": "ok"}))

    def test_the_schema_names_what_is_there(self):
        self.serve_for_admin()
        client = self.client()
        schema = client.get("/api/schema").json()
        tables = {table["name"]: table for table in schema["schemas"][0]["tables"]}
        self.assertEqual(schema["schemas"][0]["name"], "analytics")
        self.assertEqual((tables["orders"]["kind"], tables["few"]["kind"]), ("table", "view"))
        self.assertEqual(tables["orders"]["unique_id"], "model.shop.orders")
        self.assertEqual([column["type"] for column in tables["orders"]["columns"]], ["BIGINT", "DECIMAL(12,2)", "DATE", "VARCHAR"])
        client.query("select 1")  # from now on the engine's functions are known
        self.assertIn("date_trunc", client.get("/api/schema").json()["functions"])

    def test_numbers_lose_no_digits(self):
        self.serve_for_admin()
        sql = """select 9223372036854775807 as i64, 170141183460469231731687303715884105727::hugeint as i128, 12345678901234567890.123456789012345678::decimal(38, 18) as d,
                 0.1::double as f, 'nan'::double as n, true as b, 7 as i, null as z, timestamp '2024-01-02 03:04:05.123456' as t, [1, 2] as l, {'a': 'x'} as s, '\\x00é'::blob as bytes"""
        sql = sql.replace("é", "")
        [row] = self.client().query(sql)
        self.assertEqual(row[:9], ["9223372036854775807", "170141183460469231731687303715884105727", "12345678901234567890.123456789012345678", 0.1, "nan", True, 7, None, "2024-01-02 03:04:05.123456"])
        self.assertEqual(row[9:11], ["[1, 2]", "{'a': x}"])

    def test_several_statements_have_a_state_each(self):
        self.serve_for_admin()
        client = self.client()
        found = client.run("select 1; select count(*) from orders;\n-- nothing\nselect no_such_column from orders; select 4")
        self.assertEqual([one["state"] for one in found["statements"]], ["done", "done", "failed", "cancelled"])
        self.assertEqual(found["state"], "failed")
        self.assertIn("no_such_column", found["statements"][2]["error"]["message"])
        self.assertEqual(client.rows(found["id"], 1)["rows"], [["1000"]])

    def test_a_fault_tells_its_place(self):
        self.serve_for_admin()
        found = self.client().run("select id,\n  amuont\nfrom orders")
        error = self.error(found)
        self.assertEqual((error["spans"][0]["line"], error["spans"][0]["column"]), (2, 3))
        self.assertTrue(error["code"].startswith("TM41"))
        error = self.error(self.client().run("select 1;\nselect 'é'; select id,\n  amuont\nfrom orders"))
        self.assertEqual((error["spans"][0]["line"], error["spans"][0]["column"]), (3, 3))
        error = self.error(self.client().run("select 1;\nselect 'é'; select amuont from orders"))
        self.assertEqual((error["spans"][0]["line"], error["spans"][0]["column"]), (2, 20))

    def test_reading_statements_are_answered(self):
        self.serve_for_admin()
        client = self.client()
        for sql in ("explain select * from few", "describe orders", "show tables", "summarize orders", "from few", "values (1)", "with x as (select 1) select * from x", "(select 1)"):
            with self.subTest(sql):
                self.assertEqual(client.run(sql)["state"], "done")

    def test_a_result_is_paged(self):
        self.serve_for_admin()
        client = self.client()
        found = client.run("select id, name from orders order by id")
        self.assertEqual(found["statements"][0]["row_count"], 1000)
        for offset, limit in ((0, 10), (250, 20), (255, 2), (511, 300), (990, 100), (1000, 5), (5000, 5)):
            page = client.rows(found["id"], offset=offset, limit=limit)
            expected = [[str(i), f"name {i}"] for i in range(offset, min(offset + limit, 1000))]
            self.assertEqual(page["rows"], expected, (offset, limit))
            self.assertEqual(page["row_count"], 1000)

    def test_a_huge_result_is_paged_with_bounded_memory(self):
        self.serve_for_admin()
        client = self.client()
        found = client.run("select i, i % 7 as k, 'value ' || i as v from range(1500000) t(i)")
        self.assertEqual((found["state"], found["statements"][0]["row_count"]), ("done", 1500000))
        for offset in (0, 777_777, 1_499_990):
            started = time.monotonic()
            page = client.rows(found["id"], offset=offset, limit=10)
            self.assertEqual(page["rows"], [[str(i), str(i % 7), f"value {i}"] for i in range(offset, offset + 10)])
        answer = client.get(f"/api/executions/{found['id']}/statements/0/export?format=csv")
        self.assertEqual(answer.body.count(b"\n"), 1500001)
        peak = int(next(line for line in open(f"/proc/{self.server.pid}/status") if line.startswith("VmHWM")).split()[1])
        self.assertLess(peak, 200_000, "kB in the server")

    def test_a_row_limit_marks_the_result_as_cut(self):
        self.serve_for_admin("--query-rows", "100")
        client = self.client()
        found = client.run("select * from orders")
        self.assertEqual((found["statements"][0]["row_count"], found["statements"][0]["truncated"]), (100, True))

    def test_a_query_is_cancelled(self):
        self.serve_for_admin()
        client = self.client()
        execution = client.start("select count(*) from range(100000000) a, range(100000) b")
        until = time.monotonic() + 20
        while client.get(f"/api/executions/{execution}").json()["state"] != "running" and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(client.send("DELETE", f"/api/executions/{execution}").status, 204)
        self.assertEqual(client.wait(execution, 10)["state"], "cancelled")
        self.assertEqual(client.query("select 1"), [[1]])

    def test_a_query_that_takes_too_long_is_ended(self):
        self.serve_for_admin("--query-timeout", "1")
        client = self.client()
        found = client.run("select count(*) from range(100000000) a, range(100000) b")
        self.assertEqual((found["state"], self.error(found)["code"]), ("failed", "TM7304"))
        self.assertEqual(client.query("select 1"), [[1]])

    def test_a_crash_of_a_query_process_is_a_failed_query_and_no_more(self):
        self.serve_for_admin("--queries", "1")
        client = self.client()
        execution = client.start("select count(*) from range(100000000) a, range(100000) b")
        until = time.monotonic() + 20
        while client.get(f"/api/executions/{execution}").json()["state"] != "running" and time.monotonic() < until:
            time.sleep(0.02)
        [process] = self.processes_of("query-process")
        os.kill(process, signal.SIGSEGV)
        found = client.wait(execution)
        self.assertEqual((found["state"], self.error(found)["code"]), ("failed", "TM7303"))
        self.assertEqual(client.query("select 1"), [[1]])

    def test_results_history_users_and_sessions_survive_kill_9(self):
        self.serve_for_admin()
        client = self.client()
        editor = self.add_user(client, "ed@example.com", "editor")
        found = client.run("select id from orders order by id limit 3")
        query = client.post("/api/queries", {"name": "three", "sql": "select 3"}).json()["query"]["id"]
        under_way = client.start("select count(*) from range(100000000) a, range(100000) b")
        self.end(signal.SIGKILL)
        self.serve_for_admin()
        client.port = editor.port = self.port
        self.assertEqual(client.get("/api/session").json()["user"]["email"], ADMIN)
        self.assertEqual(editor.get("/api/session").json()["user"]["email"], "ed@example.com")
        self.assertEqual(client.rows(found["id"])["rows"], [["0"], ["1"], ["2"]])
        self.assertEqual(editor.get(f"/api/executions/{found['id']}").status, 404)
        self.assertEqual(client.get(f"/api/queries/{query}").json()["query"]["name"], "three")
        history = {entry["id"]: entry for entry in client.get("/api/history").json()["entries"]}
        self.assertEqual(history[found["id"]]["state"], "done")
        self.assertEqual(history[under_way]["state"], "failed")

    def test_an_orderly_end(self):
        self.serve_for_admin()
        client = self.client()
        client.start("select count(*) from range(100000000) a, range(100000) b")
        started = time.monotonic()
        self.assertEqual(self.end(), 0)
        self.assertLess(time.monotonic() - started, 10)
        self.assertNotIn(PASSWORD, "".join(self.said))

    def test_parameters_are_values(self):
        self.serve_for_admin()
        client = self.client()
        self.assertEqual(client.query("select {{a}}, {{ b }}, {{a}}, '{{a}}'", parameters={"a": "it's; select 2", "b": 7}), [["it's; select 2", "7", "it's; select 2", "{{a}}"]])
        self.assertEqual(client.query("select count(*) from orders where id < {{n}} and name like {{like}}", parameters={"n": 20, "like": "name 1%"}), [["11"]])
        found = client.run("select {{missing}}")
        self.assertEqual(self.error(found)["code"], "TM7302")

    def test_readers_may_ask_for_the_last_finished_run(self):
        self.serve_for_admin()
        client = self.client()
        self.assertEqual(client.query("select count(*) from few", as_of="finished"), [["10"]])
        self.model("orders", ORDERS.replace("1000", "5"))
        self.tidemark("run", "--select", "orders")
        self.assertEqual(client.query("select count(*) from few", as_of="finished"), [["5"]])
        self.assertEqual(client.query("select count(*) from few"), [["5"]])

    def test_csv_and_json_come_whole(self):
        self.serve_for_admin()
        client = self.client()
        found = client.run("select id, amount, day, name, case when id = 3 then null else '' end as gap from orders order by id")
        answer = client.get(f"/api/executions/{found['id']}/statements/0/export?format=csv&name=all+orders")
        self.assertEqual(answer.headers["Content-Type"], "text/csv; charset=utf-8")
        rows = list(csv.reader(io.StringIO(answer.body.decode())))
        self.assertEqual(rows[0], ["id", "amount", "day", "name", "gap"])
        self.assertEqual(rows[3], ["2", "3.00", "2024-01-03", "name 2", ""])
        self.assertEqual(len(rows), 1001)
        self.assertIn(b'\r\n2,3.00,2024-01-03,name 2,""\r\n3,4.50,2024-01-04,name 3,\r\n', answer.body)
        rows = client.get(f"/api/executions/{found['id']}/statements/0/export?format=json").json()
        self.assertEqual(rows[2], {"id": "2", "amount": "3.00", "day": "2024-01-03", "name": "name 2", "gap": ""})
        self.assertEqual(client.get(f"/api/executions/{found['id']}/statements/0/export?format=exe").status, 400)

    def test_parquet_and_xlsx_are_read_back(self):
        self.serve_for_admin()
        client = self.client()
        sql = """select i::bigint as i64, 9007199254740993 + i as big, sum(i) over ()::hugeint as total, (i / 3.0)::decimal(38, 10) as d, i / 7.0::double as f, date '2024-01-01' + i::int as day,
                 timestamp '2024-01-01 00:00:00.000001' + interval (i) hour as ts, case when i % 2 = 0 then null else 'é "' || i || '"' end as name, [i, null] as list, {'a': i, 'b': 'x, y'} as s,
                 i % 2 = 0 as b, '\\x01'::blob as bytes, i as name from range(300) t(i) order by i"""
        found = client.run(sql)
        self.assertEqual(found["state"], "done", found)
        answer = client.get(f"/api/executions/{found['id']}/statements/0/export?format=parquet&name=x")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/vnd.apache.parquet"), answer.body[:300])
        path = self.path("x.parquet")
        path.write_bytes(answer.body)
        with harness.duckdb.connect() as db:
            expected = db.execute(sql.replace("i as name from", "i as name_1 from").replace("::hugeint", "::decimal(38,0)")).fetchall()
            self.assertEqual(db.execute(f"select * from '{path}'").fetchall(), expected)
        sheet = client.get(f"/api/executions/{found['id']}/statements/0/export?format=xlsx&name=x")
        self.assertEqual(sheet.status, 200)
        with zipfile.ZipFile(io.BytesIO(sheet.body)) as book:
            content = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertEqual(content.count("<row "), 301)
        self.assertIn("9007199254741292", content)  # as a text: a spreadsheet's numbers would lose its last digit
        self.assertNotIn("<v>9007199254741292</v>", content)
        self.assertEqual([name for name in os.listdir(self.path(f".tidemark/results/{found['id']}")) if name.startswith("export")], [])

    def test_saved_queries_and_who_may_do_what_with_them(self):
        self.serve_for_admin()
        admin = self.client()
        editor = self.add_user(admin, "ed@example.com", "editor")
        viewer = self.add_user(admin, "vi@example.com", "viewer")
        mine = admin.post("/api/queries", {"name": "mine", "sql": "select 1", "tags": ["money"], "chart": {"type": "bar"}}).json()["query"]
        self.assertEqual((mine["shared"], mine["tags"], mine["chart"], mine["may_write"]), ("private", ["money"], {"type": "bar"}, True))
        path = f"/api/queries/{mine['id']}"
        self.assertEqual(editor.get(path).status, 404)
        self.assertEqual(editor.get("/api/queries").json()["queries"], [])
        admin.send("PUT", path, {"shared": "read"})
        self.assertEqual(editor.get(path).json()["query"]["may_write"], False)
        self.assertEqual(editor.send("PUT", path, {"sql": "select 2"}).status, 403)
        admin.send("PUT", path, {"shared": "write"})
        self.assertEqual(editor.send("PUT", path, {"sql": "select 2"}).json()["query"]["sql"], "select 2")
        self.assertEqual(editor.send("PUT", path, {"shared": "private"}).status, 403)
        self.assertEqual(editor.send("DELETE", path).status, 403)
        self.assertEqual(viewer.send("PUT", path, {"sql": "select 3"}).status, 403)
        self.assertEqual(viewer.post("/api/queries", {"name": "x", "sql": "select 1"}).status, 403)
        self.assertEqual([one["name"] for one in viewer.get("/api/queries?search=MIN&tag=money").json()["queries"]], ["mine"])
        self.assertEqual(viewer.get("/api/queries?tag=other").json()["queries"], [])
        self.assertEqual(viewer.query("select 1"), [[1]])
        self.assertEqual(admin.send("DELETE", path).status, 204)
        self.assertEqual(admin.get(path).status, 404)

    def test_history_is_searched(self):
        self.serve_for_admin()
        client = self.client()
        client.query("select 'needle'")
        client.query("select 'hay'")
        self.assertEqual([entry["sql"] for entry in client.get("/api/history").json()["entries"]], ["select 'hay'", "select 'needle'"])
        [entry] = client.get("/api/history?search=needle").json()["entries"]
        self.assertEqual((entry["state"], entry["row_count"], entry["error"]), ("done", 1, None))
        self.assertEqual(client.get("/api/history?search=%25").json()["entries"], [])

    def test_tokens(self):
        self.serve_for_admin()
        client = self.client()
        made = client.post("/api/tokens", {"name": "script"}).json()
        script = Client(self.port, made["token"])
        self.assertEqual(script.get("/api/session").json()["user"]["email"], ADMIN)
        self.assertEqual(script.query("select 1"), [[1]])
        self.assertNotIn(made["token"], json.dumps(client.get("/api/tokens").json()))
        self.assertEqual(client.send("DELETE", f"/api/tokens/{made['id']}").status, 204)
        self.assertEqual(script.get("/api/session").status, 401)

    def test_the_last_administrator_stays(self):
        self.serve_for_admin()
        client = self.client()
        [user] = client.get("/api/users").json()["users"]
        self.assertEqual(client.send("PUT", f"/api/users/{user['id']}", {"role": "viewer"}).status, 409)
        self.assertEqual(client.send("PUT", f"/api/users/{user['id']}", {"disabled": True}).status, 409)

    def test_a_taken_port_and_bad_flags_are_told(self):
        self.serve_for_admin()
        self.failing("serve", "--port", "0", code=2, saying="TM7205")
        port = str(self.port)
        self.end()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", int(port)))
            other.listen()
            self.failing("serve", "--port", port, code=2, saying=["TM7201", "--port"])
        self.failing("serve", "--host", "nowhere", code=2, saying="TM7201")
        self.failing("serve", "--port", "0", "--tls-cert", "x.pem", code=2, saying="TM7202")
        self.failing("serve", "--port", "0", "--admin-email", "a@b.c", code=2, saying="TM7204")

    def test_tls(self):
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("key.pem"), "-out", self.path("cert.pem"), "-days", "2", "-subj", "/CN=localhost"], capture_output=True)
        if made.returncode != 0:
            self.skipTest("openssl is not there")
        self.serve_for_admin("--tls-cert", "cert.pem", "--tls-key", "key.pem")
        import ssl
        import urllib.request

        context = ssl._create_unverified_context()
        answer = urllib.request.urlopen(f"https://127.0.0.1:{self.port}/healthz", context=context, timeout=20)
        self.assertEqual(json.load(answer), {"status": "ok"})
        self.assertIn("max-age", answer.headers["Strict-Transport-Security"])
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}/api/session", json.dumps({"email": ADMIN, "password": PASSWORD}).encode(), {"X-Tidemark": "1", "Content-Type": "application/json"})
        self.assertIn("Secure", urllib.request.urlopen(request, context=context, timeout=20).headers["Set-Cookie"])


if __name__ == "__main__":
    unittest.main()
