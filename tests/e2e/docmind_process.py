"""What the black-box tests speak with: the built program as a process, and its HTTP interface. Standard library only."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("DOCMIND_BIN", ROOT / "build" / "bin" / "docmind"))
R_MANUALS = Path("/usr/share/R/doc/manual")
R_INTRO = R_MANUALS / "R-intro.pdf"


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class ServerEvent:
    event: str
    data: str
    id: str = ""

    @property
    def json(self):
        return json.loads(self.data)


def parse_events(stream):
    """Server-sent events from a file object, as they come."""
    event, data, ident = "message", [], ""
    for raw in stream:
        line = raw.decode().rstrip("\r\n")
        if not line:
            if data:
                yield ServerEvent(event, "\n".join(data), ident)
            event, data = "message", []
        elif line.startswith("event:"):
            event = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif line.startswith("id:"):
            ident = line[3:].strip()


class Api:
    """One call, one connection."""

    def __init__(self, url, timeout=120):
        parts = urllib.parse.urlsplit(url)
        self.url, self.host, self.port, self.timeout = url, parts.hostname, parts.port, timeout

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)

    def call(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path, **kw):
        return self.call("GET", path, **kw)

    def post(self, path, body=None, **kw):
        return self.call("POST", path, body=body, **kw)

    def delete(self, path, **kw):
        return self.call("DELETE", path, **kw)

    def upload(self, *files):
        """files: paths or (name, bytes). The answer of POST /api/documents."""
        boundary = "----docmind-test-boundary"
        body = b""
        for item in files:
            name, content = (item.name, item.read_bytes()) if isinstance(item, Path) else item
            shown = name.replace("\\", "\\\\").replace('"', '\\"').encode()
            body += b"--" + boundary.encode() + b'\r\nContent-Disposition: form-data; name="files"; filename="' + shown + b'"\r\n'
            body += b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
        body += b"--" + boundary.encode() + b"--\r\n"
        return self.post("/api/documents", body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def add(self, *files, timeout=180):
        """Uploads and waits until every file is ready or has failed; the document objects."""
        answer = self.upload(*files)
        assert answer.status == 202, answer.body
        return [self.await_done(d["id"], timeout) for d in answer.json["documents"]]

    def document(self, ident):
        answer = self.get(f"/api/documents/{urllib.parse.quote(ident, safe='')}")
        assert answer.status == 200, answer.body
        return answer.json

    def documents(self):
        found, cursor = [], ""
        while True:
            page = self.get("/api/documents?limit=200" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")).json
            found += page["documents"]
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return found

    def await_done(self, ident, timeout=180):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            record = self.document(ident)
            if record["status"] in ("ready", "failed", "cancelled"):
                return record
            time.sleep(0.05)
        raise AssertionError(f"{ident} is still {record['status']} {record['stage']} {record['progress']}")

    def await_ready(self, timeout=60, parts=("store", "embedding", "reranker")):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            state = self.get("/api/ready").json
            if all(state["parts"][p]["ok"] for p in parts):
                return state
            time.sleep(0.05)
        raise AssertionError(f"not ready: {state}")

    def retrieve(self, query, **options):
        answer = self.post("/api/retrieve", {"query": query, **options})
        assert answer.status == 200, answer.body
        return answer.json

    def chat(self, message, **options):
        """A finished answer: (events by name, the done object)."""
        connection = self.connect()
        connection.request("POST", "/api/chat", body=json.dumps({"message": message, "stream": True, **options}), headers={"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        events = list(parse_events(response))
        connection.close()
        return events, next((e.json for e in events if e.event == "done"), None)


@dataclass
class Server:
    """`docmind serve` on a free port and its own data directory."""

    data: Path
    env: dict = field(default_factory=dict)
    args: tuple = ()
    process: subprocess.Popen = None
    api: Api = None
    log: list = field(default_factory=list)

    def start(self, timeout=30):
        env = {**os.environ, **self.env}
        self.process = subprocess.Popen([BIN, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *self.args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, text=True)
        urls = []
        seen = threading.Event()

        def read():
            for line in self.process.stdout:
                self.log.append(line)
                if match := re.search(r"http://[\d.:\[\]a-f]+", line):
                    urls.append(match.group(0))
                    seen.set()
            seen.set()

        threading.Thread(target=read, daemon=True).start()
        seen.wait(timeout)
        assert urls, "the server printed no URL:\n" + "".join(self.log)
        self.api = Api(urls[0])
        return self

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=30):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server did not end after SIGTERM:\n" + "".join(self.log[-20:])) from None


def docmind(*args, env=None, timeout=300, check=None, **kw):
    """Runs the program to its end."""
    done = subprocess.run([BIN, *map(str, args)], capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=timeout, **kw)
    if check is not None:
        assert done.returncode == check, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ScriptedLLM:
    """scripted_llm_server.py on a free port; its log goes to a file in `tmp`."""

    def __init__(self, tmp):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = open(tmp / "llm.log", "w")
        script = Path(__file__).parent / "scripted_llm_server.py"
        self.process = subprocess.Popen([sys.executable, script, "--port", str(port)], stdout=self.log_file, stderr=subprocess.STDOUT)
        self.api = Api(self.url)
        for _ in range(200):
            try:
                self.api.get("/v1/models")
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the scripted model server did not start")

    @property
    def env(self):
        return {"DOCMIND__LLM__ENABLED": "true", "DOCMIND__LLM__BASE_URL": self.url + "/v1"}

    def stop(self):
        self.process.kill()
        self.process.wait()
