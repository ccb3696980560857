"""The workbench's server over the pipeline: models, partitions, files, runs, plans, proofs; and whether docs/api.yaml tells the truth."""

import json
import pathlib
import re
import time
import unittest

import harness
from workbench import WorkbenchCase

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = yaml = None

DAILY = """
{{ config(materialized='materialized_view', partition_by=['day']) }}
select ts::date as day, sum(amount) as revenue, count(*) as trips from read_parquet('in/*.parquet') group by 1
"""
FILE = "select timestamp '2024-01-0{day} 10:00:00' + interval (i) minute as ts, (i + {day})::double as amount from range({rows}) t(i)"


class Pipeline(WorkbenchCase):
    def setUp(self):
        super().setUp()
        self.model("daily", DAILY)
        self.model("top", "select * from {{ ref('daily') }} where trips > 5")
        self.write("models/schema.yml", """
            models:
              - name: daily
                description: Revenue by day
                columns:
                  - name: day
                    description: The day
                    tests: [unique, not_null]
            """)
        for day in (1, 2, 3):
            self.file(day)
        self.tidemark("build")

    def file(self, day, rows=10, name=None):
        return self.parquet(f"in/{name or day}.parquet", FILE.format(day=day, rows=rows))

    def await_run(self, client, run, seconds=120):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = client.get(f"/api/runs/{run}").json()
            if found["state"] not in ("queued", "running"):
                return found
            time.sleep(0.1)
        self.fail(f"not over: {found}")

    def partitions(self, client, model="daily"):
        answer = client.get(f"/api/partitions/model.shop.{model}").json()
        return {one["value"]: one for one in answer["partitions"]}

    def test_models_with_columns_tests_and_last_run(self):
        self.serve_for_admin()
        client = self.client()
        models = {one["name"]: one for one in client.get("/api/models").json()["models"]}
        daily = models["daily"]
        self.assertEqual((daily["description"], daily["materialized"], daily["resource_type"]), ("Revenue by day", "materialized_view", "model"))
        self.assertEqual([(column["name"], column["type"]) for column in daily["columns"]], [("day", "DATE"), ("revenue", "DOUBLE"), ("trips", "BIGINT")])
        self.assertEqual(sorted(test["status"] for test in daily["tests"]), ["pass", "pass"])
        self.assertEqual(daily["last_run"]["status"], "success")
        self.assertEqual(models["top"]["depends_on"], ["model.shop.daily"])
        one = client.get("/api/models/model.shop.daily").json()
        self.assertIn("materialized_view", one["raw_code"])
        self.assertIn("group by 1", one["compiled_code"])
        self.assertEqual(one["explain"]["steps"][0]["strategy"], "unchanged")
        self.assertEqual(client.get("/api/models/model.shop.nothing").status, 404)

    def test_partitions_are_fresh_changed_and_missing(self):
        self.serve_for_admin()
        client = self.client()
        found = self.partitions(client)
        self.assertEqual({value: (one["state"], one["rows"]) for value, one in found.items()}, {f"2024-01-0{day}": ("fresh", 10) for day in (1, 2, 3)})
        self.assertEqual(found["2024-01-02"]["files"], ["in/2.parquet"])
        first = found["2024-01-02"]["version"]
        self.file(2, rows=20)
        self.file(4)
        self.assertEqual({value: one["state"] for value, one in self.partitions(client).items() if value != "2024-01-04"}, {"2024-01-01": "fresh", "2024-01-02": "changed", "2024-01-03": "fresh"})
        self.tidemark("run")
        found = self.partitions(client)
        self.assertEqual({value: (one["state"], one["rows"]) for value, one in found.items()}, {"2024-01-01": ("fresh", 10), "2024-01-02": ("fresh", 20), "2024-01-03": ("fresh", 10), "2024-01-04": ("fresh", 10)})
        self.assertEqual(found["2024-01-03"]["version"], first)
        self.assertGreater(found["2024-01-02"]["version"], first)
        self.assertEqual(client.get("/api/partitions/model.shop.top").json()["partition_by"], None)

    def test_files_are_held_changed_new_and_gone(self):
        self.serve_for_admin()
        client = self.client()
        files = {one["path"]: one for one in client.get("/api/files").json()["files"]}
        self.assertEqual({path: one["state"] for path, one in files.items()}, {f"in/{day}.parquet": "held" for day in (1, 2, 3)})
        self.assertEqual(files["in/1.parquet"]["held_by"][0]["name"], "daily")
        self.file(2, rows=20)
        self.file(4)
        self.remove("in/1.parquet")
        files = {one["path"]: one["state"] for one in client.get("/api/files").json()["files"]}
        self.assertEqual(files, {"in/1.parquet": "gone", "in/2.parquet": "changed", "in/3.parquet": "held", "in/4.parquet": "new"})

    def test_a_run_from_the_browser(self):
        self.serve_for_admin()
        client = self.client()
        self.file(2, rows=20)
        started = client.post("/api/runs", {"command": "run", "select": ["daily"]})
        self.assertEqual(started.status, 202, started.body)
        run = self.await_run(client, started.json()["id"])
        self.assertEqual((run["state"], run["user"], run["command"], run["args"]), ("success", "admin@example.com", "run", ["--select", "daily"]))
        [node] = run["nodes"]
        self.assertEqual((node["unique_id"], node["status"], node["files_read"]), ("model.shop.daily", "success", 1))
        self.assertEqual(node["strategy"], "merge")
        self.assertIn("group by 1", node["compiled_code"])
        self.assertTrue(any("daily" in line for line in run["log"]))
        self.assertEqual([one["id"] for one in client.get("/api/runs").json()["runs"]][0], run["id"])
        events = client.get(f"/api/runs/{run['id']}/events").body.decode()
        kinds = re.findall(r"^event: (\w+)$", events, re.MULTILINE)
        self.assertEqual((kinds[0], kinds[-1]), ("state", "done"))
        nodes = [json.loads(data) for kind, data in re.findall(r"^event: (\w+)\ndata: (.*)$", events, re.MULTILINE) if kind == "node"]
        self.assertEqual([one["status"] for one in nodes], ["running", "success"])

    def test_a_run_of_a_terminal_is_there_too(self):
        self.serve_for_admin()
        client = self.client()
        [build] = client.get("/api/runs").json()["runs"]
        self.assertEqual((build["command"], build["state"], build["user"]), ("build", "success", None))
        self.model("bad", "select no_such_column from {{ ref('top') }}")
        self.tidemark("run", "--vars", "{password: HUSH}", code=1)
        (self.path(".tidemark/runs") / "20200101T000000000000Z_x.jsonl").write_text('{"invocation": 7}\n[]\n{"name": 1}\n{"data": {"node_info": 3}, "name": "NodeStart"}\n')
        self.assertNotIn("HUSH", client.get("/api/runs").body.decode())
        newest = client.get("/api/runs?limit=1").json()["runs"][0]
        self.assertEqual(newest["state"], "error")
        bad = next(node for node in client.get(f"/api/runs/{newest['id']}").json()["nodes"] if node["name"] == "bad")
        self.assertEqual(bad["status"], "error")
        self.assertIn("no_such_column", bad["message"])

    def test_runs_wait_for_each_other_and_are_cancelled(self):
        self.model("slow", "{{ config(materialized='table') }} select count(*) as n from range(100000000) a, range(100000) b")
        self.serve_for_admin()
        client = self.client()
        slow = client.post("/api/runs", {"command": "run", "select": ["slow"]}).json()["id"]
        second = client.post("/api/runs", {"command": "run", "select": ["daily"]}).json()["id"]
        third = client.post("/api/runs", {"command": "run", "select": ["daily"]}).json()["id"]
        until = time.monotonic() + 30
        while not any(node["status"] == "running" for node in client.get(f"/api/runs/{slow}").json()["nodes"]) and time.monotonic() < until:
            time.sleep(0.05)
        states = {run["id"]: run["state"] for run in client.get("/api/runs").json()["runs"]}
        self.assertEqual((states[slow], states[second], states[third]), ("running", "queued", "queued"))
        self.assertEqual(client.send("DELETE", f"/api/runs/{third}").status, 204)
        self.assertEqual(client.send("DELETE", f"/api/runs/{slow}").status, 204)
        self.assertEqual(self.await_run(client, slow)["state"], "cancelled")
        self.assertEqual(self.await_run(client, second)["state"], "success")
        self.assertEqual(client.get(f"/api/runs/{third}").json()["state"], "cancelled")

    def test_a_killed_run_is_no_longer_running(self):
        self.model("slow", "{{ config(materialized='table') }} select count(*) as n from range(100000000) a, range(100000) b")
        self.serve_for_admin()
        client = self.client()
        process = self.start("run", "--select", "slow")
        until = time.monotonic() + 30
        while client.get("/api/runs").json()["runs"][0]["state"] != "running" and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(client.get("/api/runs").json()["runs"][0]["state"], "running")
        process.kill()
        process.wait()
        run = client.get("/api/runs").json()["runs"][0]
        self.assertEqual(run["state"], "error")
        self.assertIn("killed", run["error"])

    def test_a_project_that_does_not_load_is_told_and_queries_go_on(self):
        self.serve_for_admin()
        client = self.client()
        self.assertEqual(client.query("select count(*) from daily"), [["3"]])
        self.model("broken", "select {{ nothing( }}")
        time.sleep(1.2)
        answer = client.get("/api/models")
        self.assertGreaterEqual(answer.status, 400)
        self.assertIn("broken.sql", json.dumps(answer.json()["error"]))
        self.assertIn("broken.sql", client.get("/api/session").json()["project"]["error"])
        started = client.post("/api/runs", {"command": "run"}).json()["id"]
        run = self.await_run(client, started)
        self.assertEqual(run["state"], "error")
        self.assertIn("broken.sql", run["error"])

    def test_plan_and_verify(self):
        self.serve_for_admin()
        client = self.client()
        self.file(2, rows=20)
        plan = client.post("/api/plan", {"select": ["daily"]}).json()
        self.assertEqual((plan["steps"][0]["strategy"], plan["steps"][0]["changed_files"][0]["path"]), ("merge", "in/2.parquet"))
        self.assertEqual(client.post("/api/plan", {"select": ["no_such_model+"]}).status, 200)
        self.tidemark("run")
        started = client.post("/api/verify", {"select": ["daily"], "partitions": "all"})
        self.assertEqual(started.status, 202)
        until = time.monotonic() + 60
        while (found := client.get(f"/api/verify/{started.json()['id']}").json())["state"] == "running" and time.monotonic() < until:
            time.sleep(0.1)
        self.assertEqual(found["state"], "done")
        self.assertEqual(found["certificate"]["models"][0]["verdict"], "exact")

    def test_versions_and_rows_as_they_were(self):
        self.serve_for_admin()
        client = self.client()
        self.file(2, rows=20)
        self.tidemark("run")
        versions = client.get("/api/tables/model.shop.daily/versions").json()["versions"]
        self.assertEqual(len(versions), 2)
        self.assertTrue(versions[0]["how"])
        for version, trips in ((versions[0]["version"], "20"), (versions[1]["version"], "10")):
            found = client.get(f"/api/tables/model.shop.daily/rows?at_version={version}").json()
            self.assertEqual([column["name"] for column in found["columns"]], ["day", "revenue", "trips"])
            self.assertEqual({row[0]: row[2] for row in found["rows"]}["2024-01-02"], trips)
        self.assertEqual(len(client.get("/api/tables/model.shop.top/rows").json()["rows"]), 3)
        self.assertEqual(client.get("/api/history").json()["entries"], [])

    def test_a_native_database_is_not_held(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main, threads: 2}\n")
        self.tidemark("run")
        self.serve_for_admin()
        client = self.client()
        self.assertEqual(client.get("/api/schema").json()["schemas"], [])
        for path in ("models", "models/model.shop.daily", "files", "runs", "tables/model.shop.daily/versions", "partitions/model.shop.daily"):
            self.assertEqual(client.get("/api/" + path).status, 200, path)
        self.assertEqual(self.error(client.run("select 1"))["code"], "TM7306")
        self.tidemark("run")
        run = self.await_run(client, client.post("/api/runs", {"command": "run"}).json()["id"])
        self.assertEqual(run["state"], "success", run)

    @unittest.skipIf(yaml is None, "no YAML and JSON schema here")
    def test_the_api_is_what_its_description_says(self):
        described = yaml.safe_load((harness.ROOT / "docs/api.yaml").read_text())
        written = {(method.upper(), re.sub(r"\{(\w+)\}", r":\1", path)) for path, methods in described["paths"].items() for method in methods}
        sources = "".join(path.read_text() for path in (harness.ROOT / "src/server/api").glob("*.cc"))
        served = set(re.findall(r'gate\.add\(\s*"([A-Z]+)",\s*"([^"]+)"', sources))
        self.assertEqual(written, served)
        self.serve_for_admin()
        client = self.client()
        execution = client.run("select 1; select oops")["id"]
        query = client.post("/api/queries", {"name": "q", "sql": "select 1"}).json()["query"]["id"]
        run = client.get("/api/runs").json()["runs"][0]["id"]
        verification = client.post("/api/verify", {"select": ["daily"]}).json()["id"]
        names = {("executions", "id"): execution, ("queries", "id"): query, ("runs", "id"): run, ("verify", "id"): verification}
        for path, methods in described["paths"].items():
            if "get" not in methods:
                continue
            [success] = [status for status in methods["get"]["responses"] if status.startswith("2")]
            for status, who in ((success, client), ("401", self.stranger())):
                if status == "401" and methods["get"].get("security") == []:
                    continue
                place = path.replace("{n}", "0").replace("{unique_id}", "model.shop.daily").replace("{id}", str(names.get((path.split("/")[2] if path.count("/") > 1 else "", "id"), "1")))
                with self.subTest(place, status=status):
                    answer = who.get(place)
                    self.assertEqual(str(answer.status), status, answer.body[:500])
                    content = self.resolved(described, methods["get"]["responses"].get(status, {"$ref": "#/components/responses/Fault"}))
                    schema = content.get("content", {}).get("application/json", {}).get("schema")
                    if schema:
                        jsonschema.validate(answer.json(), self.as_json_schema(described, schema))

    def resolved(self, described, part):
        while isinstance(part, dict) and "$ref" in part:
            found = described
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def as_json_schema(self, described, part):
        """OpenAPI 3.0's schemas as JSON schemas: references put in place, nullable as a type."""
        part = self.resolved(described, part)
        if isinstance(part, list):
            return [self.as_json_schema(described, one) for one in part]
        if not isinstance(part, dict):
            return part
        out = {name: self.as_json_schema(described, value) for name, value in part.items() if name != "nullable"}
        return {"anyOf": [{"type": "null"}, out]} if part.get("nullable") is True else out


if __name__ == "__main__":
    unittest.main()
