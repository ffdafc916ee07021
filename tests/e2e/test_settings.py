"""Settings that change while the server runs: over HTTP, for the next question, and for the next start."""

import json
import stat

import pytest
from docmind_process import ScriptedLLM, docmind
from test_chat import FACTS

BRIDGE = "When was the Ludwig bridge opened?"
WITH_MODEL = {"DOCMIND__LLM__ENABLED": "true"}


@pytest.fixture
def other_llm(tmp_path):
    (tmp_path / "other").mkdir()
    running = ScriptedLLM(tmp_path / "other")
    yield running
    running.stop()


@pytest.fixture
def library(serve):
    """A server with one document; again, after it has ended."""

    def start(env=WITH_MODEL):
        server = serve("library", env=env)
        server.api.await_ready()
        if not server.api.get("/api/documents").json["documents"]:
            server.api.add(("bridge.txt", FACTS))
        return server

    return start


def put(api, changes, status=200):
    answer = api.call("PUT", "/api/settings", body=changes)
    assert answer.status == status, answer.body
    return answer.json


def setting(api, key):
    return next(s for s in api.get("/api/settings").json["settings"] if s["key"] == key)


def asked(llm):
    return llm.api.get("/requests").json["requests"]


def test_another_model_server_answers_the_next_question_and_the_one_after_a_restart(library, scripted_llm, other_llm):
    server = library()
    put(server.api, {"llm.base_url": scripted_llm.url, "agent.mode": "context"})
    _, done = server.api.chat(BRIDGE)
    assert "1872" in done["answer"] and len(asked(scripted_llm)) == 1
    put(server.api, {"llm.base_url": other_llm.url})
    server.api.chat(BRIDGE)
    assert (len(asked(scripted_llm)), len(asked(other_llm))) == (1, 1)

    server.kill()
    server = library()
    assert setting(server.api, "llm.base_url") | {"help": ""} == {"key": "llm.base_url", "value": other_llm.url, "origin": "changed", "help": "", "changeable": True}
    server.api.chat(BRIDGE)
    assert len(asked(other_llm)) == 2
    server.stop()
    shown = docmind("config", "--json", "--data", server.data, env=WITH_MODEL, check=0).stdout.splitlines()
    assert next(json.loads(line) for line in shown if '"llm.base_url"' in line)["value"] == other_llm.url

    server = library()
    put(server.api, {"llm.base_url": None})
    assert setting(server.api, "llm.base_url")["origin"] == "default"


def test_an_answer_under_way_ends_with_the_model_it_began_with(library, scripted_llm, other_llm):
    api = library().api
    put(api, {"llm.base_url": scripted_llm.url, "agent.mode": "context"})
    scripted_llm.api.post("/script", {"default": "slow_tokens", "pace": 0.02, "tokens": 40})
    connection = api.connect()
    connection.request("POST", "/api/chat", body=json.dumps({"message": BRIDGE, "stream": True}), headers={"Content-Type": "application/json"})
    response = connection.getresponse()
    while b"event: token" not in response.readline():
        pass
    put(api, {"llm.base_url": other_llm.url})
    rest = response.read().decode()
    assert "event: done" in rest and not asked(other_llm)
    events = [e["event"] for e in scripted_llm.api.get("/log").json["events"] if e["request"]]
    assert events == ["request", "head", "finished"]


def test_the_key_of_one_server_is_not_sent_to_another(library, scripted_llm, other_llm):
    server = library()
    put(server.api, {"llm.base_url": scripted_llm.url, "llm.api_key": "canary-key", "agent.mode": "context"})
    server.api.chat(BRIDGE)
    assert asked(scripted_llm)[0]["headers"]["authorization"] == "Bearer canary-key"
    assert "canary-key" not in server.api.get("/api/settings").body.decode() + "".join(server.log)
    assert stat.S_IMODE((server.data / "settings.toml").stat().st_mode) == 0o600
    put(server.api, {"llm.base_url": other_llm.url})
    server.api.chat(BRIDGE)
    assert "authorization" not in asked(other_llm)[0]["headers"]
    assert "canary-key" not in (server.data / "settings.toml").read_text()


def test_what_cannot_be_changed_says_why_and_nothing_changes(library):
    server = library(env={"DOCMIND__LLM__ENABLED": "false"})
    before = server.api.get("/api/settings").json
    for changes, status, word in [
        ({"llm.enabled": True}, 409, "environment"),
        ({"server.listen": "0.0.0.0:80"}, 409, "start"),
        ({"llm.server_path": "/bin/sh"}, 409, "start"),
        ({"llm.modle": "x"}, 400, "llm.model"),
        ({"agent.mode": "wild"}, 400, "context"),
        ({"agent.max_steps": 3, "llm.temperature": 7}, 400, "llm.temperature"),
        ({"agent.max_steps": [3]}, 400, "agent.max_steps"),
        ({"llm.base_url": "ftp://example.test"}, 400, "llm"),
        ({"llm.fallbacks": "one two three"}, 400, "built-in"),
        ({}, 400, "llm.model"),
    ]:
        problem = put(server.api, changes, status)
        assert word in problem["detail"], problem
    assert server.api.get("/api/settings").json == before and not (server.data / "settings.toml").exists()


def test_the_search_follows_its_settings(library):
    api = library().api
    question = {"query": "Ludwig bridge opened", "rerank": False}
    assert api.post("/api/retrieve", question).json["results"][0]["scores"]["dense"] is not None
    put(api, {"retrieval.mode": "sparse"})
    assert api.post("/api/retrieve", question).json["results"][0]["scores"]["dense"] is None


def test_a_saved_change_that_does_not_hold_any_more_is_left_out(library):
    server = library()
    server.stop()
    (server.data / "settings.toml").write_text('[agent]\nmax_steps = "3"\nmode = "wild"\n[old]\nkey = "1"\n')
    server = library()
    assert setting(server.api, "agent.max_steps")["value"] == "3" and setting(server.api, "agent.mode")["origin"] == "default"
    assert any("agent.mode" in line for line in server.log) and any("old.key" in line for line in server.log)


def test_where_the_server_is_away_the_next_one_answers(library, scripted_llm):
    api = library().api
    put(api, {"llm.base_url": "http://127.0.0.1:9", "llm.fallbacks": f"http://127.0.0.1:10, {scripted_llm.url}", "agent.mode": "context"})
    _, done = api.chat(BRIDGE)
    assert "1872" in done["answer"] and len(asked(scripted_llm)) == 1
    detail = api.get("/api/ready").json["parts"]["llm"]["detail"]
    assert "127.0.0.1:9" in detail and scripted_llm.url in detail


def test_the_context_window_is_the_servers(library, scripted_llm):
    api = library().api
    scripted_llm.api.post("/script", {"answers": {"GET /v1/models": {"status": 200, "content_type": "application/json", "body": {"object": "list", "data": [{"id": "echo", "max_model_len": 32768}]}}}})
    put(api, {"llm.base_url": scripted_llm.url})
    assert api.get("/api/models").json["context_window"] == 32768
