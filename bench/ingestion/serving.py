"""A server on a fresh data directory, how much memory it takes, when it is done with what it was given."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from docmind_process import Server  # noqa: E402

STALLED = 300  # seconds without any document getting further


def bytes_of(file, key):
    """What a file of /proc says in kB under this key; 0 where there is none."""
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(key + ":")), 0)


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found + [below for child in found for below in children(child)]


class Memory(threading.Thread):
    """The most a server had since its start, loading its model included (`peak`, as the kernel counted), and that with the most its
    parsers had at one moment (`together`; sampled, and what several share counts once)."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.parsers, self.ended = pid, 0, 0, threading.Event()
        self.start()

    @property
    def together(self):
        return self.peak + self.parsers

    def is_parser(self, pid):
        # Just forked, a process still is its parent with all its memory.
        try:
            return os.readlink(f"/proc/{pid}/exe") != os.readlink(f"/proc/{self.pid}/exe")
        except OSError:
            return False

    def sample(self):
        self.peak = max(self.peak, bytes_of(f"/proc/{self.pid}/status", "VmHWM"))
        self.parsers = max(self.parsers, sum(bytes_of(f"/proc/{pid}/smaps_rollup", "Pss") for pid in children(self.pid) if self.is_parser(pid)))

    def run(self):
        while not self.ended.wait(0.5):
            self.sample()

    def stop(self):
        self.sample()
        self.ended.set()
        self.join()


@contextlib.contextmanager
def serving(data, env=None):
    """(the server, its Memory), ready to embed. It is ended at the end, whatever happens."""
    server = Server(data, {"DOCMIND__LLM__ENABLED": "false", "DOCMIND__LOG__LEVEL": "warn", **(env or {})})
    memory = None
    try:
        server.start()
        memory = Memory(server.process.pid)
        server.api.await_ready(parts=("store", "embedding"))
        yield server, memory
    finally:
        if memory:
            memory.stop()
        if server.process and server.process.poll() is None:
            try:
                server.stop()
            finally:
                if server.process.poll() is None:
                    server.kill()


def overview(api):
    return api.get("/api/ingestion").json


def await_idle(api, until=lambda documents: False):
    """Waits until nothing waits and nothing is in work, or `until` says so of the numbers of documents, which are returned."""
    before, since = None, time.monotonic()
    while True:
        now = overview(api)
        documents = now["documents"]
        if documents["queued"] + documents["processing"] == 0 or until(documents):
            return documents
        if (now["progress"], documents) != before:
            before, since = (now["progress"], documents), time.monotonic()
        if time.monotonic() - since > STALLED:
            raise RuntimeError(f"nothing moved for {STALLED} s: {now}")
        time.sleep(0.1)


class SlotServer:
    """slot_server.py as a process."""

    def __init__(self, slots, ms):
        program = Path(__file__).with_name("slot_server.py")
        self.process = subprocess.Popen([sys.executable, program, "--slots", str(slots), "--ms", str(ms)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.env = {"DOCMIND__EMBEDDING__BASE_URL": f"http://127.0.0.1:{self.port}/v1", "DOCMIND__EMBEDDING__SLOTS": str(slots)}

    def stats(self, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, "/stats")
        found = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
