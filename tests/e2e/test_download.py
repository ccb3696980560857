"""`tidemark download` against a server on this machine; what a transfer survives in detail is in tests/download/."""

import http.server
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time
import unittest

import harness
from harness import ProjectCase

MONTH = re.compile(r"/trips_(\d{4}-\d{2})\.parquet")


class Server:
    """Serves `files` (month → bytes) with ranges; `behave(month, nth request)` may ask for something else:
    a status, ("cut", bytes) or ("stall", bytes)."""

    def __init__(self, files):
        self.files = files
        self.behave = lambda month, nth: None
        self.requests = []
        self.released = threading.Event()
        self.stalled = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/trips_{{yyyy}}-{{mm}}.parquet"

    def close(self):
        self.released.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def answer(self, request):
        month = MONTH.fullmatch(request.path).group(1)
        self.requests.append((month, request.headers.get("Range")))
        wish = self.behave(month, sum(1 for asked, _ in self.requests if asked == month))
        body = self.files.get(month)
        if isinstance(wish, int) or body is None:
            request.send_response(wish or 404)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-")) if "Range" in request.headers else 0
        request.send_response(206 if start else 200)
        request.send_header("ETag", '"1"')
        request.send_header("Content-Length", str(len(body) - start))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        request.end_headers()
        kind, count = wish or ("whole", len(body))
        request.wfile.write(body[start : start + count])
        request.wfile.flush()
        if kind == "stall":
            self.stalled.set()
            self.released.wait(60)
        if kind != "whole":
            request.close_connection = True


class Download(ProjectCase):
    def setUp(self):
        super().setUp()
        made = self.parquet("made.parquet", "select range as id, hash(range) as noise from range(20000)")
        self.body = made.read_bytes()
        made.unlink()
        self.server = Server({"2024-01": self.body, "2024-02": self.body})
        self.addCleanup(self.server.close)
        self.write("models/sources.yml", f"""
            version: 2
            sources:
              - name: raw
                tables:
                  - name: trips
                    external: {{location: data/raw, pattern: trips_*.parquet, file_format: parquet}}
                    meta: {{download: {{url: "{self.server.url}", output_dir: data/raw}}}}
            """)
        self.model("ids", "{{ config(materialized='table') }} select count(*) as n, sum(id) as total from {{ source('raw', 'trips') }}")

    def months(self):
        return sorted(path.name for path in self.path("data/raw").iterdir())

    def file(self, month):
        return self.path(f"data/raw/trips_{month}.parquet")

    def test_files_arrive_and_a_run_reads_them(self):
        said = self.tidemark("download", "--start", "2024-01", "--end", "2024-02")
        self.assertIn("2 files: 2 downloaded", said.all)
        self.assertEqual(self.months(), ["trips_2024-01.parquet", "trips_2024-02.parquet"])
        self.assertEqual(self.file("2024-02").read_bytes(), self.body)
        self.assertNotIn("\r", said.all, "no progress bar where nobody watches")
        self.tidemark("run")
        self.assertEqual([(n, int(total)) for n, total in self.table("ids")], [(40000, 2 * sum(range(20000)))])

    def test_skip_existing_asks_for_nothing_that_is_whole(self):
        self.tidemark("download", "--start", "2024-01", "--end", "2024-02")
        self.file("2024-01").write_bytes(self.body[:-100])
        self.server.requests.clear()
        said = self.tidemark("download", "--start", "2024-01", "--end", "2024-02", "--skip-existing")
        self.assertIn("1 downloaded, 1 skipped", said.all)
        self.assertEqual([month for month, _ in self.server.requests], ["2024-01"])
        self.assertEqual(self.file("2024-01").read_bytes(), self.body)

    def test_a_month_that_is_not_published_yet(self):
        for status in (403, 404):
            self.server.behave = lambda month, nth: status if month == "2024-02" else None
            self.failing("download", "--start", "2024-01", "--end", "2024-02", code=1, saying=["2024-02 is not published yet", f"HTTP {status}", "1 not published"])
            self.assertEqual(self.months(), ["trips_2024-01.parquet"])

    def test_the_next_call_goes_on_where_the_last_was_cut(self):
        self.server.behave = lambda month, nth: ("cut", 50000) if nth == 1 else None
        self.failing("download", "--start", "2024-01", "--end", "2024-01", "--retries", "0", code=1, saying=["failed", "trips_2024-01.parquet", "--skip-existing"])
        self.assertFalse(self.file("2024-01").exists())
        said = self.tidemark("download", "--start", "2024-01", "--end", "2024-01", "--skip-existing")
        self.assertIn("1 resumed", said.all)
        self.assertEqual(self.server.requests[-1], ("2024-01", "bytes=50000-"))
        self.assertEqual(self.file("2024-01").read_bytes(), self.body)
        self.assertEqual(self.months(), ["trips_2024-01.parquet"])

    def test_a_part_of_a_file_is_no_source_file(self):
        self.tidemark("download", "--start", "2024-01", "--end", "2024-01")
        self.server.behave = lambda month, nth: ("cut", 50000)
        self.tidemark("download", "--start", "2024-02", "--end", "2024-02", "--retries", "0", code=1)
        self.assertIn("trips_2024-02.parquet.part", self.months())
        self.tidemark("run")
        self.assertEqual(self.table("ids")[0][0], 20000)

    def test_an_error_that_passes_is_tried_again(self):
        self.server.behave = lambda month, nth: 503 if nth == 1 else None
        self.tidemark("download", "--start", "2024-01", "--end", "2024-01", "--retries", "1")
        self.assertEqual(len(self.server.requests), 2)

    def test_an_error_that_stays(self):
        self.server.behave = lambda month, nth: 500 if month == "2024-01" else None
        self.failing("download", "--start", "2024-01", "--end", "2024-02", "--retries", "0", code=1, saying=["HTTP 500", "1 downloaded, 1 failed"])
        self.assertEqual(self.months(), ["trips_2024-02.parquet"])

    def test_interrupted(self):
        self.server.behave = lambda month, nth: ("stall", 50000) if nth == 1 else None
        process = self.start("download", "--start", "2024-01", "--end", "2024-01")
        self.assertTrue(self.server.stalled.wait(60))
        deadline = time.monotonic() + 30
        part = self.path("data/raw/trips_2024-01.parquet.part")
        while (not part.exists() or part.stat().st_size < 50000) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertNotEqual(process.returncode, 0)
        self.assertFalse(self.file("2024-01").exists())
        self.tidemark("download", "--start", "2024-01", "--end", "2024-01", "--skip-existing")
        self.assertEqual(self.server.requests[-1], ("2024-01", "bytes=50000-"))
        self.assertEqual(self.file("2024-01").read_bytes(), self.body)

    def test_a_terminal_sees_a_progress_bar(self):
        self.server.behave = lambda month, nth: ("stall", 50000) if nth == 1 else None
        master, slave = pty.openpty()
        process = subprocess.Popen([harness.BIN, "download", "--start", "2024-01", "--end", "2024-01", "--retries", "0"], cwd=self.folder,
                                   env={**harness.clean_env(), "TERM": "xterm", "COLUMNS": "120"}, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)  # fmt: skip
        os.close(slave)
        self.addCleanup(os.close, master)
        self.addCleanup(lambda: process.poll() is None and harness.kill(process))
        seen = ""
        deadline = time.monotonic() + 60
        while "of 1 files" not in seen and time.monotonic() < deadline:
            if select.select([master], [], [], 0.2)[0]:
                seen += os.read(master, 65536).decode(errors="replace")
        self.assertIn("0 of 1 files", seen)

    def test_what_makes_no_sense(self):
        self.failing("download", "--start", "2024-13", code=2, saying=["TM6501", "2024-13", "YYYY-MM"])
        self.failing("download", "--start", "2024-02", "--end", "2024-01", code=2, saying="TM6501")
        self.failing("download", "raw.tripz", code=2, saying=["TM6510", "did you mean 'raw.trips'?"])
        self.failing("download", "--concurrency", "0", code=2, saying="--concurrency")
        self.write("models/sources.yml", "version: 2\nsources: [{name: raw, tables: [{name: trips, external: {location: data/raw}}]}]\n")
        self.failing("download", code=2, saying="no source of this project has a download URL")
        self.assertEqual(self.server.requests, [])


if __name__ == "__main__":
    unittest.main()
