"""A running workbench server and clients of it, for tests."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import harness
from harness import ProjectCase

ADMIN = "admin@example.com"
PASSWORD = "correct horse battery"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Client:
    """One browser: it keeps its cookie."""

    def __init__(self, port, token=None):
        self.port = port
        self.cookie = None
        self.token = token

    def send(self, method, path, body=None, headers=None, cookie=True, raw=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"X-Tidemark": "1"}
        if body is not None or raw is not None:
            sent["Content-Type"] = "application/json"
        if self.cookie and cookie:
            sent["Cookie"] = self.cookie
        if self.token:
            sent["Authorization"] = "Bearer " + self.token
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        connection.request(method, path, raw if raw is not None else None if body is None else json.dumps(body), sent)
        answer = Answer(connection.getresponse())
        connection.close()
        for value in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = value.split(";")[0]
        return answer

    def get(self, path, **more):
        return self.send("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.send("POST", path, {} if body is None else body, **more)

    def sign_in(self, email=ADMIN, password=PASSWORD):
        return self.post("/api/session", {"email": email, "password": password})

    # -- queries

    def start(self, sql, **more):
        answer = self.post("/api/executions", {"sql": sql, **more})
        assert answer.status == 202, answer.body
        return answer.json()["id"]

    def wait(self, execution, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.get(f"/api/executions/{execution}?wait=5000").json()
            if found["state"] not in ("queued", "running"):
                return found
        raise AssertionError(f"not over after {seconds} s: {found}")

    def run(self, sql, **more):
        return self.wait(self.start(sql, **more))

    def rows(self, execution, statement=0, offset=0, limit=500):
        return self.get(f"/api/executions/{execution}/statements/{statement}/rows?offset={offset}&limit={limit}").json()

    def query(self, sql, **more):
        """Rows of one statement that must succeed."""
        found = self.run(sql, **more)
        assert found["state"] == "done", found
        return self.rows(found["id"])["rows"]


class WorkbenchCase(ProjectCase):
    flags = []

    def serve(self, *flags, env=None):
        """Starts the server; its port is self.port."""
        self.write("../" + self.folder.name + "/password.txt", PASSWORD + "\n")
        command = [harness.BIN, "serve", "--port", "0", "--log-format", "json", *self.flags, *flags]
        self.server = subprocess.Popen(command, cwd=self.folder, env={**harness.clean_env(), **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end)
        self.said = []
        for line in self.server.stdout:
            self.said.append(line)
            event = json.loads(line)
            if event["info"]["name"] == "ServerReady":
                self.port = int(event["data"]["url"].rsplit(":", 1)[1])
                return self
        self.fail("the server did not start: " + "".join(self.said))

    def serve_for_admin(self, *flags, **more):
        return self.serve("--admin-email", ADMIN, "--admin-password-file", "password.txt", *flags, **more)

    def client(self, email=ADMIN, password=PASSWORD):
        client = Client(self.port)
        answer = client.sign_in(email, password)
        self.assertEqual(answer.status, 200, answer.body)
        return client

    def stranger(self):
        return Client(self.port)

    def add_user(self, admin, email, role, password=PASSWORD):
        invite = admin.post("/api/users", {"email": email, "role": role})
        self.assertEqual(invite.status, 201, invite.body)
        client = self.stranger()
        answer = client.post("/api/password", {"token": invite.json()["invite_token"], "password": password})
        self.assertEqual(answer.status, 200, answer.body)
        return client

    def end(self, number=signal.SIGTERM):
        """Ends the server; its exit code. What it said is in self.said."""
        if self.server.poll() is None:
            self.server.send_signal(number)
        try:
            rest, _ = self.server.communicate(timeout=20)
            self.said += (rest or "").splitlines(True)
        except (subprocess.TimeoutExpired, ValueError):
            self.server.kill()
            self.server.wait()
        return self.server.returncode

    def processes_of(self, word):
        """Pids of the server's children with that word in their command lines."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
            if parent == self.server.pid and word in command:
                found.append(int(pid))
        return found

    def error(self, execution):
        for statement in execution["statements"]:
            if statement["error"]:
                return statement["error"]
        return execution["error"]


def raw_request(port, text):
    """What the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text)
        answer = b""
        while True:
            some = connection.recv(65536)
            if not some:
                return answer
            answer += some
