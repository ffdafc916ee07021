import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from docmind_process import BIN, R_INTRO, Api, Server, free_port  # noqa: E402

if not BIN.exists():
    pytest.exit(f"{BIN} is missing: run `make build` first", returncode=1)

WITHOUT_MODEL = {"DOCMIND__LLM__ENABLED": "false"}


@pytest.fixture
def serve(tmp_path):
    """serve(name, env, args) starts a server; all of them end with the test."""
    started = []

    def start(name="data", env=None, args=()):
        server = Server(tmp_path / name, {**WITHOUT_MODEL, **(env or {})}, args).start()
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests of a module that do not disturb each other; answers without a language model."""
    running = Server(tmp_path_factory.mktemp("server") / "data", WITHOUT_MODEL).start()
    running.api.await_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(server):
    return server.api


class ScriptedLLM:
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


@pytest.fixture
def scripted_llm(tmp_path):
    running = ScriptedLLM(tmp_path)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def r_intro():
    if not R_INTRO.exists():
        pytest.skip(f"{R_INTRO} is missing: apt-get install r-doc-pdf")
    return R_INTRO
