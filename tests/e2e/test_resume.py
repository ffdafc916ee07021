"""An answer that outlives its connection: resumed by its id, seen by several listeners, stopped everywhere."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from docmind_process import parse_events
from test_chat import FACTS, await_true
from test_documents import problem

QUESTION = "When was the Ludwig bridge opened?"


@pytest.fixture
def api(serve, scripted_llm):
    # These models call no tools; trying whether they do would be three more requests in the log.
    server = serve(env={**scripted_llm.env, "DOCMIND__AGENT__MODE": "context", "DOCMIND__LLM__SLOTS": "4"})
    server.api.await_ready()
    server.api.add(("bridge.txt", FACTS))
    server.api.llm, server.api.server = scripted_llm, server
    return server.api


class Listener:
    """An event stream that is read as far as a test wants."""

    def __init__(self, api, path, body=None, headers=None):
        self.connection = api.connect()
        headers = dict(headers or {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request("GET" if body is None else "POST", path, body=None if body is None else json.dumps(body), headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        self.events, self.stream = [], parse_events(self.response)

    def until(self, wanted):
        """Reads on until an event of which `wanted` is true."""
        for event in self.stream:
            self.events.append(event)
            if wanted(event):
                return event
        raise AssertionError(f"the stream ended before: {[e.event for e in self.events]}")

    def rest(self):
        self.events += self.stream
        return self.events

    def close(self):
        self.response.close()
        self.connection.close()


def ask(api, **more):
    listener = Listener(api, "/api/chat", {"message": QUESTION, "resumable": True, **more})
    started = listener.until(lambda e: e.event == "session").json
    return listener, started["answer_id"], started["session_id"]


def follow(api, answer, after=0):
    return Listener(api, f"/api/answers/{answer}", headers={"Last-Event-ID": str(after)} if after else {})


def text_of(events):
    return "".join(e.json["text"] for e in events if e.event == "token")


def stored(api, session):
    return api.get(f"/api/sessions/{session}/messages").json


def test_a_reader_who_leaves_in_the_middle_resumes_with_nothing_missing_and_nothing_twice(api):
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.02, "tokens": 60})
    listener, answer, session = ask(api)
    # Leaves at several places, each time without a word.
    for n in (3, 11, 12, 40):
        listener.until(lambda e: e.event == "token" and f"word{n}" in e.data)
        seen = listener.events
        listener.close()
        listener = follow(api, answer, after=seen[-1].id)
        listener.events = seen
    events = listener.rest()
    assert [int(e.id) for e in events] == list(range(1, len(events) + 1))
    assert [e.event for e in events].count("session") == [e.event for e in events].count("sources") == [e.event for e in events].count("done") == 1
    assert events[-1].event == "done"
    words = text_of(events).split()
    assert words[:60] == [f"word{i}" for i in range(60)], words
    # The model was asked once, and nobody closed the connection to it.
    log = [e["event"] for e in api.llm.api.get("/log").json["events"] if e["script"] == "slow_tokens"]
    assert log.count("request") == 1 and "client_closed" not in log
    [question, kept] = stored(api, session)["messages"]
    assert kept["content"] == events[-1].json["answer"] and not kept["stopped"]


def test_an_answer_nobody_listens_to_is_written_to_its_end(api):
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.02, "tokens": 30})
    listener, answer, session = ask(api)
    listener.close()
    assert stored(api, session)["answer_id"] == answer
    messages = await_true(lambda: len(stored(api, session)["messages"]) == 2 and stored(api, session)["messages"], "the answer to be stored")
    assert "word29" in messages[1]["content"] and not messages[1]["stopped"]
    # Who comes after its end hears all of it.
    events = follow(api, answer).rest()
    assert "word29" in text_of(events) and events[-1].event == "done"
    assert "answer_id" not in stored(api, session)


def test_two_listeners_hear_the_same_events(api):
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.02, "tokens": 40})
    first, answer, _ = ask(api)
    first.until(lambda e: e.event == "token" and "word5" in e.data)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda listener: listener.rest(), (first, follow(api, answer)))
    assert [(e.id, e.event, e.data) for e in one] == [(e.id, e.event, e.data) for e in two]
    assert one[-1].event == "done"


def test_stop_ends_it_for_every_listener_and_at_the_model_within_200_ms(api):
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.05, "tokens": 400})
    first, answer, session = ask(api)
    first.until(lambda e: e.event == "token" and "word3" in e.data)
    second = follow(api, answer, after=first.events[-1].id)
    stopped_at = time.time()
    assert api.post(f"/api/answers/{answer}/stop").status == 204
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda listener: (listener.rest()[-1].event, time.time()), (first, second)))
    upstream = await_true(lambda: next((e for e in api.llm.api.get("/log").json["events"] if e["event"] == "client_closed" and e["time"] >= stopped_at - 0.05), None),
                          "the connection to the model server to be closed")
    assert upstream["time"] - stopped_at <= 0.2
    for name, at in ends:
        assert name == "stopped" and at - stopped_at <= 0.2
    messages = await_true(lambda: len(stored(api, session)["messages"]) == 2 and stored(api, session)["messages"], "the partial answer to be stored")
    assert messages[1]["stopped"] and messages[1]["content"] == text_of(first.events).strip()
    # Once more is no error, and nothing changes.
    assert api.post(f"/api/answers/{answer}/stop").status == 204
    assert stored(api, session)["messages"] == messages


def test_stop_before_the_first_word_ends_the_request_to_the_model(api):
    api.llm.api.post("/script", {"default": "hang_before_first_byte"})
    listener, answer, session = ask(api)
    await_true(lambda: any(e["event"] == "request" for e in api.llm.api.get("/log").json["events"]), "the model to be asked")
    assert api.post(f"/api/answers/{answer}/stop").status == 204
    assert listener.rest()[-1].event == "stopped"
    await_true(lambda: any(e["event"] == "client_closed" for e in api.llm.api.get("/log").json["events"]), "the model server to be left")
    # The conversation is free again.
    api.llm.api.post("/script", {"default": "echo"})
    again, _, _ = ask(api, session_id=session)
    assert again.rest()[-1].event == "done"


def test_a_conversation_is_answered_once_at_a_time(api):
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.05, "tokens": 400})
    listener, answer, session = ask(api)
    listener.until(lambda e: e.event == "token")
    for body in ({"resumable": True}, {"resumable": False}, {"stream": False}):
        problem(api.post("/api/chat", {"message": "And the toll?", "session_id": session, **body}), 409, "conflict")
    problem(api.post(f"/api/sessions/{session}/regenerate", {}), 409, "conflict")
    assert [m["content"] for m in stored(api, session)["messages"]] == [QUESTION]
    # Another conversation is not concerned.
    api.llm.api.post("/script", {"default": "echo"})
    _, done = api.chat("And the toll?")
    assert done
    # A conversation that is removed takes its answer along.
    assert api.delete(f"/api/sessions/{session}").status == 204
    assert listener.rest()[-1].event == "stopped"


def test_an_unknown_answer_is_a_404(api):
    problem(api.get("/api/answers/nope"), 404, "not_found")
    problem(api.post("/api/answers/nope/stop"), 404, "not_found")


def test_a_server_that_ends_keeps_what_was_said(api):
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.1, "tokens": 4000})
    listener, _, session = ask(api)
    listener.until(lambda e: e.event == "token" and "word3" in e.data)
    listener.close()
    assert api.server.stop() == 0
    messages = stored(api.server.start().api, session)["messages"]
    assert messages[1]["stopped"] and "word3" in messages[1]["content"]
