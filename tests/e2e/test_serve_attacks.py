"""The workbench's server under attack. Each test is one thing that must not work."""

import io
import json
import os
import socket
import sqlite3
import time
import unittest
import zipfile

from workbench import ADMIN, PASSWORD, Client, WorkbenchCase, raw_request

ENDLESS = "select count(*) from range(100000000) a, range(100000) b"


class Attacks(WorkbenchCase):
    def setUp(self):
        super().setUp()
        self.model("orders", "{{ config(materialized='table') }} select i as id, i * 2 as amount from range(100) t(i)")
        self.parquet("in/a.parquet", "select 1 as one")
        self.model("raw", "select * from read_parquet('in/*.parquet')")
        self.tidemark("run")
        self.write("secret.csv", "a\nTOPSECRET\n")

    def refused(self, client, sql, codes=None):
        found = client.run(sql)
        self.assertEqual(found["state"], "failed", f"{sql}\n{json.dumps(found)[:2000]}")
        error = self.error(found)
        if codes:
            self.assertIn(error["code"], codes, f"{sql}: {error}")
        return error

    # 2
    def test_secrets_are_not_sent_to_clients(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: lake, path: data/warehouse, schema: analytics, password: HUSH, settings: {s3_secret_access_key: HUSH2, default_null_order: nulls_last}}\n")
        self.serve_for_admin()
        client = self.client()
        said = b"".join(client.get(path).body for path in ("/api/session", "/api/users", "/api/tokens", "/api/schema", "/api/models", "/api/runs", "/api/history", "/api/files"))
        said += json.dumps(client.query("select * from duckdb_settings()")).encode()
        for secret in ("HUSH", "HUSH2", PASSWORD, "scrypt$"):
            self.assertNotIn(secret.encode(), said)

    # 3
    def test_files_cannot_be_read_through_sql(self):
        self.serve_for_admin()
        client = self.client()
        folder = self.folder
        self.assertEqual(client.query("select * from raw"), [[1]])
        for sql in (
            "select * from read_csv('/etc/passwd')", "select * from read_text('/etc/passwd')", "select * from read_blob('/etc/passwd')", "select * from glob('/etc/*')",
            "select * from sniff_csv('/etc/passwd')", "select * from '/etc/passwd'", "from read_csv_auto('secret.csv')", f"from read_text('{folder}/secret.csv')",
            f"from read_text('{folder}/profiles.yml')", f"from read_blob('{folder}/.tidemark/app.db')", f"from read_text('{folder}/in/../secret.csv')", "from read_text('in/../profiles.yml')",
            f"from glob('{folder}/*')", f"from glob('{folder}/.tidemark/**')", f"from read_text('{folder}/data/warehouse/_tidemark/**')", "from read_json('/proc/self/environ')",
            "from read_text('/proc/self/cmdline')", "select * from parquet_metadata('/etc/passwd')", "from query('from read_text(''/etc/passwd'')')", "select * from read_duckdb('/etc/passwd')",
            f"from sqlite_scan('{folder}/.tidemark/app.db', 'users')", f"explain analyze from read_text('{folder}/secret.csv')", "summarize from read_csv('secret.csv')", "describe from read_csv('/etc/passwd')",
        ):
            with self.subTest(sql):
                found = client.run(sql)
                rows = client.rows(found["id"])["rows"] if found["statements"] else []
                self.assertTrue(found["state"] == "failed" or rows == [], f"{sql}: {rows[:3]}")
                self.assertNotIn("TOPSECRET", json.dumps(rows) + json.dumps(found["error"]) + json.dumps([one["error"] for one in found["statements"]]))

    # 4
    def test_nothing_can_be_written_or_attached(self):
        self.serve_for_admin()
        client = self.client()
        folder = self.folder
        before = sorted(str(path) for path in (folder / "in").rglob("*"))
        for sql in (
            f"copy (select 1) to '{folder}/in/x.csv'", f"copy orders to '{folder}/in/x.parquet'", f"export database '{folder}/in/x'", f"attach '{folder}/in/x.duckdb'", f"attach '{folder}/.tidemark/app.db' as x (type sqlite)",
            "create table t as select 1", "create or replace view orders as select 1", "drop view orders", "insert into orders values (1, 2)", "delete from orders", "update orders set id = 1", "truncate orders",
            f"explain analyze copy (select 1) to '{folder}/in/x.csv'", f"explain (analyze) copy (select 1) to '{folder}/in/x.csv'", f"from query('copy (select 1) to ''{folder}/in/x.csv''')", "import database 'in'", "use temp", "detach warehouse",
            f"with x as (select 1) insert into orders select * from x", "vacuum", "checkpoint", "begin", "prepare p as select 1", "execute p", "call pragma_version()", "alter table orders add column x int", "comment on view orders is 'x'",
            f"/* select */ copy (select 1) to '{folder}/in/x.csv'", f"-- select\ncopy (select 1) to '{folder}/in/x.csv'", f"select 1; copy (select 1) to '{folder}/in/x.csv'",
        ):
            with self.subTest(sql):
                self.refused(client, sql)
        self.assertEqual(sorted(str(path) for path in (folder / "in").rglob("*")), before)
        self.assertEqual(client.query("select count(*) from orders"), [["100"]])

    # 5
    def test_extensions_cannot_be_had(self):
        self.serve_for_admin()
        client = self.client()
        for sql in ("install httpfs", "load httpfs", "force install spatial", "install h3 from community", "load '/tmp/x.duckdb_extension'", "update extensions"):
            with self.subTest(sql):
                self.refused(client, sql, ["TM7301", "TM4110"])

    # 6
    def test_the_lock_cannot_be_undone(self):
        self.serve_for_admin()
        client = self.client()
        for sql in ("set enable_external_access = true", "set lock_configuration = false", "reset allowed_directories", "set allowed_directories = ['/']", "pragma enable_external_access = true", "set global threads = 64", "set variable x = 1", "pragma memory_limit='100GB'", "set file_search_path = '/etc'", "pragma enable_profiling", "set s3_region = 'x'"):
            with self.subTest(sql):
                self.refused(client, sql)
        [[value]] = client.query("select current_setting('enable_external_access')")
        self.assertFalse(value)

    # 7
    def test_queries_reach_no_network(self):
        self.serve_for_admin()
        client = self.client()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.settimeout(0.2)
            port = listener.getsockname()[1]
            for url in (f"http://127.0.0.1:{port}/x.csv", f"https://127.0.0.1:{port}/x.parquet", "http://169.254.169.254/latest/meta-data", f"http://[::1]:{port}/x.json", "s3://bucket/x.parquet", "gcs://bucket/x", "hf://datasets/x"):
                for call in (f"from '{url}'", f"from read_text('{url}')", f"from read_parquet('{url}')", f"from read_csv(['{url}'])"):
                    with self.subTest(call):
                        self.refused(client, call)
            with self.assertRaises(TimeoutError):
                listener.accept()

    # 9
    def test_passwords_cannot_be_guessed_for_long(self):
        self.serve_for_admin()
        client = self.stranger()
        statuses = [client.sign_in(password=f"wrong password {i}").status for i in range(8)]
        self.assertEqual(statuses[:5], [401] * 5)
        self.assertEqual(statuses[5:], [429] * 3)
        refused = client.sign_in()
        self.assertEqual(refused.status, 429)  # the right one has to wait too
        self.assertTrue(refused.headers["Retry-After"])
        others = [client.sign_in(email=f"user{i}@example.com", password="wrong password").status for i in range(40)]
        self.assertEqual(others[-1], 429)

    def test_tokens_and_links_cannot_be_guessed_for_long(self):
        self.serve_for_admin()
        statuses = [Client(self.port, f"tm_{i:043}").get("/api/schema").status for i in range(25)]
        self.assertEqual((statuses[0], statuses[-1]), (401, 429))
        statuses = [self.stranger().post("/api/password", {"token": f"x{i}", "password": PASSWORD}).status for i in range(8)]
        self.assertEqual((statuses[0], statuses[-1]), (401, 429))

    def test_basic_authentication_is_none(self):
        self.serve_for_admin()
        answer = self.stranger().get("/api/schema", headers={"Authorization": "Basic YWRtaW5AZXhhbXBsZS5jb206Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"})
        self.assertEqual(answer.status, 401)

    # 10
    def test_there_is_no_known_password(self):
        self.serve()
        client = self.stranger()
        for email, password in (("admin", "admin"), ("admin@example.com", "admin"), ("admin@example.com", ""), ("", "")):
            self.assertIn(client.sign_in(email, password).status, (401, 429))
        self.assertEqual(client.get("/api/schema").status, 401)
        self.assertEqual(os.stat(self.path(".tidemark/app.db")).st_mode & 0o077, 0)
        self.assertEqual(os.stat(self.path(".tidemark")).st_mode & 0o077, 0)

    # 11
    def test_links_are_for_once_and_expire(self):
        self.serve_for_admin()
        admin = self.client()
        user = admin.post("/api/users", {"email": "u@example.com", "role": "viewer"}).json()
        first = user["invite_token"]
        second = admin.post(f"/api/users/{user['user']['id']}/reset").json()["reset_token"]
        self.assertEqual(self.stranger().post("/api/password", {"token": first, "password": PASSWORD}).status, 401, "a newer link replaces it")
        self.assertEqual(self.stranger().post("/api/password", {"token": second, "password": PASSWORD}).status, 200)
        self.assertEqual(self.stranger().post("/api/password", {"token": second, "password": PASSWORD}).status, 401)
        third = admin.post(f"/api/users/{user['user']['id']}/reset").json()["reset_token"]
        with sqlite3.connect(self.path(".tidemark/app.db")) as database:
            self.assertNotIn(third, str(database.execute("select * from links").fetchall()))
            database.execute("update links set ends_ms = 1")
        self.assertEqual(self.stranger().post("/api/password", {"token": third, "password": PASSWORD}).status, 401)

    # 12
    def test_a_session_cannot_be_fixed_and_ends_at_once(self):
        self.serve_for_admin()
        client = self.stranger()
        client.cookie = "tidemark_session=" + "A" * 43
        answer = client.sign_in()
        self.assertNotIn("A" * 43, answer.headers["Set-Cookie"])
        first = client.cookie
        client.sign_in()
        self.assertNotEqual(client.cookie, first)
        old = self.stranger()
        old.cookie = first
        self.assertIsNone(old.get("/api/session").json()["user"])
        kept = client.cookie
        self.assertEqual(client.send("DELETE", "/api/session").status, 204)
        client.cookie = kept
        self.assertEqual(client.get("/api/schema").status, 401)

    def test_who_is_disabled_is_out_at_once(self):
        self.serve_for_admin()
        admin = self.client()
        user = self.add_user(admin, "u@example.com", "editor")
        token = Client(self.port, user.post("/api/tokens", {"name": "t"}).json()["token"])
        self.assertEqual((user.get("/api/schema").status, token.get("/api/schema").status), (200, 200))
        number = user.get("/api/session").json()["user"]["id"]
        self.assertEqual(admin.send("PUT", f"/api/users/{number}", {"disabled": True}).status, 200)
        self.assertEqual((user.get("/api/schema").status, token.get("/api/schema").status), (401, 401))
        self.assertEqual(self.stranger().sign_in("u@example.com").status, 401)

    def test_the_cookie_is_for_this_site_and_no_script(self):
        self.serve_for_admin()
        cookie = self.stranger().sign_in().headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)

    # 13
    def test_other_sites_change_nothing(self):
        self.serve_for_admin()
        client = self.client()
        body = {"sql": "select 1"}
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": f"http://127.0.0.1:{self.port + 1}"}, {"X-Tidemark": None}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            with self.subTest(headers):
                self.assertEqual(client.post("/api/executions", body, headers=headers).status, 403)
        self.assertEqual(client.post("/api/executions", body, headers={"Content-Type": "text/plain"}).status, 415)
        self.assertEqual(client.post("/api/executions", body, headers={"Origin": f"http://127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin"}).status, 202)
        for path in ("/api/executions", "/api/plan", "/api/setup", "/api/password"):
            self.assertEqual(client.get(path).status, 405, path)

    # 14
    def test_a_foreign_host_is_refused(self):
        self.serve_for_admin("--allow-host", "bench.example.com")
        client = self.client()
        for host in ("evil.example", f"evil.example:{self.port}", "127.0.0.1.evil.example", ""):
            self.assertEqual(client.get("/api/session", headers={"Host": host}).status, 421, host)
            self.assertEqual(client.get("/", headers={"Host": host}).status, 421, host)
        for host in (f"localhost:{self.port}", f"127.0.0.1:{self.port}", f"[::1]:{self.port}", "bench.example.com"):
            self.assertEqual(client.get("/api/session", headers={"Host": host}).status, 200, host)

    # 15
    def test_event_streams_need_a_session(self):
        self.serve_for_admin()
        client = self.client()
        run = client.get("/api/runs").json()["runs"][0]["id"]
        self.assertEqual(self.stranger().get(f"/api/runs/{run}/events").status, 401)
        self.assertEqual(client.get(f"/api/runs/{run}/events").status, 200)

    def test_nothing_but_signing_in_is_for_strangers(self):
        self.serve_for_admin()
        stranger = self.stranger()
        for path in ("schema", "history", "queries", "queries/1", "models", "models/model.shop.orders", "partitions/model.shop.orders", "files", "runs", "runs/x", "tables/model.shop.orders/versions", "tables/model.shop.orders/rows", "users", "tokens", "executions/x", "verify/x"):
            self.assertEqual(stranger.get("/api/" + path).status, 401, path)
        for path in ("executions", "queries", "runs", "plan", "verify", "users", "tokens"):
            self.assertEqual(stranger.post("/api/" + path).status, 401, path)
        self.assertIsNone(stranger.get("/api/session").json()["project"])

    # 16, 17
    def test_pages_are_told_to_run_no_foreign_script_and_to_be_in_no_frame(self):
        self.serve_for_admin()
        for path in ("/", "/api/session", "/queries/1", "/nothing.js", "/api/nothing"):
            headers = self.stranger().get(path).headers
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertNotIn("unsafe-eval", headers["Content-Security-Policy"])
            self.assertEqual((headers["X-Frame-Options"], headers["X-Content-Type-Options"], headers["Referrer-Policy"]), ("DENY", "nosniff", "no-referrer"))
        policy = self.stranger().get("/").headers["Content-Security-Policy"]
        [script] = [part for part in policy.split(";") if "script-src" in part]
        self.assertEqual(script.strip(), "script-src 'self'")

    # 18
    def test_formulas_are_no_formulas_in_exports(self):
        self.serve_for_admin()
        client = self.client()
        texts = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "  =1", "plain", "a=b"]
        rows = " union all ".join(f"select {i} as n, {chr(39)}{text}{chr(39)} as \"=head\", -{i}.5::double as d, -{i}::bigint as b" for i, text in enumerate(texts))
        found = client.run(rows + " order by n")
        lines = client.get(f"/api/executions/{found['id']}/statements/0/export?format=csv").body.decode()
        import csv

        table = list(csv.reader(io.StringIO(lines, newline="")))
        self.assertEqual(table[0][1], "'=head")
        self.assertEqual([row[1] for row in table[1:]], ["'" + text for text in texts[:8]] + texts[8:])
        self.assertEqual([row[2:] for row in table[2:3]], [["-1.5", "-1"]])
        sheet = client.get(f"/api/executions/{found['id']}/statements/0/export?format=xlsx").body
        with zipfile.ZipFile(io.BytesIO(sheet)) as book:
            content = b"".join(book.read(name) for name in book.namelist() if "sheet" in name or "shared" in name).decode()
        self.assertNotIn("<f>", content)
        self.assertIn("'=1+1", content)

    # 19
    def test_a_name_cannot_add_headers(self):
        self.serve_for_admin()
        client = self.client()
        found = client.run("select 1")
        for name in ("a%0d%0aX-Evil:%201", "a%22;filename=%22b.exe", "%C3%A9%E2%80%AE", "..%2F..%2Fx"):
            answer = client.get(f"/api/executions/{found['id']}/statements/0/export?format=csv&name={name}")
            self.assertEqual(answer.status, 200)
            self.assertIsNone(answer.headers["X-Evil"])
            disposition = answer.headers["Content-Disposition"]
            self.assertRegex(disposition, r"^attachment; filename=\"[A-Za-z0-9._-]+\"; filename\*=UTF-8''[A-Za-z0-9._%-]+$")
            self.assertNotIn("/", disposition)

    # 20
    def test_paths_do_not_lead_out(self):
        (self.folder / "web/assets").mkdir(parents=True)
        self.write("web/index.html", "<p>front</p>")
        self.write("web/assets/a-1234.js", "1;")
        self.path("web/leak.txt").symlink_to(self.path("secret.csv"))
        self.serve_for_admin("--web-dir", "web")
        for path in ("/../secret.csv", "/%2e%2e/secret.csv", "/..%2fsecret.csv", "/assets/../../secret.csv", "//etc/passwd", "/assets/%00", "/leak.txt", "/..\\secret.csv", "/.tidemark/app.db", "/profiles.yml", "/api/executions/..%2f..%2fapp.db/statements/0/rows", "/api/queries/..", "http://127.0.0.1/secret.csv"):
            answer = raw_request(self.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            self.assertNotIn(b"TOPSECRET", answer, path)
            self.assertNotIn(b"root:", answer, path)
            self.assertNotIn(b"SQLite", answer, path)
        page = self.stranger().get("/queries/17")
        self.assertIn(b"front", page.body)
        self.assertEqual(self.stranger().get("/", headers={"If-None-Match": page.headers["ETag"]}).status, 304)
        self.assertEqual(self.stranger().get("/assets/none.js").status, 404)
        self.assertIn("immutable", self.stranger().get("/assets/a-1234.js").headers["Cache-Control"])
        client = self.client()
        for execution in ("../../app.db", "..", "%2e%2e", "x" * 36, "00000000-0000-0000-0000-000000000000"):
            self.assertEqual(client.get(f"/api/executions/{execution}/statements/0/rows").status, 404)

    # 21
    def test_what_is_another_users_is_not_there(self):
        self.serve_for_admin()
        admin = self.client()
        other = self.add_user(admin, "o@example.com", "editor")
        found = admin.run("select 'mine'")
        under_way = admin.start(ENDLESS)
        for path in ("", "/statements/0/rows", "/statements/0/export?format=csv"):
            self.assertEqual(other.get(f"/api/executions/{found['id']}{path}").status, 404)
        self.assertEqual(other.send("DELETE", f"/api/executions/{under_way}").status, 404)
        self.assertEqual(admin.get(f"/api/executions/{under_way}").json()["state"], "running")
        self.assertEqual(other.get("/api/history").json()["entries"], [])
        self.assertEqual(other.get("/api/users").status, 403)
        self.assertEqual(other.send("PUT", "/api/users/1", {"disabled": True}).status, 403)
        token = admin.post("/api/tokens", {"name": "t"}).json()["id"]
        self.assertEqual(other.send("DELETE", f"/api/tokens/{token}").status, 404)
        admin.send("DELETE", f"/api/executions/{under_way}")

    def test_viewers_change_nothing(self):
        self.serve_for_admin()
        viewer = self.add_user(self.client(), "v@example.com", "viewer")
        for path, body in (("runs", {"command": "run"}), ("verify", {}), ("queries", {"name": "x", "sql": "select 1"}), ("users", {"email": "x@example.com", "role": "admin"})):
            self.assertEqual(viewer.post("/api/" + path, body).status, 403, path)

    def test_a_selection_is_no_flag(self):
        self.serve_for_admin()
        client = self.client()
        for path, body in (("runs", {"command": "run", "select": ["--profiles-dir", "/tmp"]}), ("plan", {"select": ["--target-path=/tmp/x"]}), ("runs", {"command": "run-operation"}), ("runs", {"command": "clean"}), ("verify", {"partitions": "--x"})):
            self.assertEqual(client.post("/api/" + path, body).status, 400, body)

    # 22
    def test_parameters_are_bound_and_never_spliced(self):
        self.serve_for_admin()
        client = self.client()
        evil = "x' union all select 'y"
        self.assertEqual(client.query("select {{p}} where {{p}} <> 'x'", parameters={"p": evil}), [[evil]])
        self.assertEqual(client.query("select count(*) from orders where id::varchar = {{p}}", parameters={"p": "1' or '1'='1"}), [["0"]])
        self.assertEqual(self.error(client.run("select * from {{t}}", parameters={"t": "orders"}))["code"][:4], "TM41")
        self.assertEqual(self.error(client.run("select {{p}}", parameters={"p": {"a": 1}}))["code"], "TM7302")

    # 23
    def test_too_much_is_refused_and_the_server_lives(self):
        self.serve_for_admin("--query-memory", "200MB", "--query-timeout", "120")
        client = self.client()
        self.assertEqual(client.post("/api/executions", raw=b'{"sql": "' + b"x" * (5 << 20) + b'"}').status, 413)
        self.assertIn(b" 431 ", raw_request(self.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 40_000 + b"\r\n\r\n")[:20])
        self.assertEqual(client.post("/api/executions", raw=b"[" * 100_000).status, 400)
        self.assertEqual(client.post("/api/executions", raw=b"\xff\xfe").status, 400)
        self.refused(client, "select array_agg(i) from range(1000000000) t(i)", ["TM4114", "TM7303"])
        found = client.run("select repeat('x', 50000000) as big")
        if found["state"] == "done":
            self.assertTrue(found["statements"][0]["truncated"])
            self.assertLess(len(client.get(f"/api/executions/{found['id']}/statements/0/rows").body), 2_000_000)
        wide = client.run("select " + ", ".join(f"{i} as c{i}" for i in range(5000)))
        self.assertEqual((wide["state"], len(wide["statements"][0]["columns"])), ("done", 5000))
        self.assertEqual(client.query("select 1"), [[1]])

    def test_slow_clients_hold_nobody_up(self):
        self.serve_for_admin()
        slow = []
        for _ in range(100):
            connection = socket.create_connection(("127.0.0.1", self.port))
            self.addCleanup(connection.close)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
            slow.append(connection)
        started = time.monotonic()
        self.assertEqual(self.client().query("select 1"), [[1]])
        self.assertLess(time.monotonic() - started, 20)

    def test_a_thousand_batches_wait_in_line(self):
        self.serve_for_admin("--queries", "1")
        client = self.client()
        first = client.start(ENDLESS)
        until = time.monotonic() + 20
        while client.get(f"/api/executions/{first}").json()["state"] != "running" and time.monotonic() < until:
            time.sleep(0.02)
        statuses = [client.post("/api/executions", {"sql": "select 1"}) for _ in range(110)]
        self.assertEqual([one.status for one in statuses], [202] * 100 + [429] * 10)
        last = statuses[99].json()["id"]
        self.assertEqual(client.get(f"/api/executions/{last}").json()["queue_place"], 100)
        client.send("DELETE", f"/api/executions/{last}")
        self.assertEqual(client.get(f"/api/executions/{last}").json()["state"], "cancelled")
        client.send("DELETE", f"/api/executions/{first}")
        self.assertEqual(client.wait(statuses[98].json()["id"], 120)["state"], "done")


if __name__ == "__main__":
    unittest.main()
