import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from docmind_process import BIN, R_INTRO, ScriptedLLM, Server  # noqa: E402

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
