"""Conversations: branches, the search in them, removing and restoring, exports, and an answer whose reader left at once."""

import json
import urllib.parse
import uuid

import pytest
from docmind_process import docmind
from test_chat import FACTS, await_true
from test_documents import problem
from test_resume import Listener, ask, follow, stored

OPENED = "When was the Ludwig bridge opened?"
TOLL = "What was the toll on the bridge for a person?"
FLOOD = "Which pillar was damaged in the flood of 1882?"


@pytest.fixture
def api(serve, scripted_llm):
    server = serve(env={**scripted_llm.env, "DOCMIND__AGENT__MODE": "context", "DOCMIND__LLM__SLOTS": "4"})
    server.api.await_ready()
    server.api.add(("bridge.txt", FACTS))
    server.api.llm, server.api.server = scripted_llm, server
    return server.api


def say(api, message, **more):
    _, done = api.chat(message, **more)
    assert done
    return done


def messages(api, session):
    return stored(api, session)["messages"]


def said(api, session):
    return [m["content"] for m in messages(api, session) if m["role"] == "user"]


def choose(api, session, message):
    answer = api.post(f"/api/sessions/{session}/branch", {"message_id": message})
    assert answer.status == 200, answer.body
    return answer.json["messages"]


def read_by_the_model(api):
    return "\n".join(m["content"] for m in api.llm.api.get("/requests").json["requests"][-1]["body"]["messages"])


def test_a_question_asked_in_another_ones_place_is_a_branch_and_nothing_is_lost_over_a_restart(api):
    first = say(api, OPENED)
    session = first["session_id"]
    second = say(api, TOLL, session_id=session)
    before = messages(api, session)
    assert [m["parent_id"] for m in before] == [None, before[0]["id"], before[1]["id"], before[2]["id"]]
    assert all(m["siblings"] == [m["id"]] and m["position"] == 1 for m in before)

    # The second question in other words: it follows what the former one followed, and the model reads only that.
    edited = say(api, FLOOD, session_id=session, parent_id=before[2]["parent_id"])
    after = messages(api, session)
    assert said(api, session) == [OPENED, FLOOD]
    assert after[2]["id"] == edited["question_id"] and after[3]["id"] == edited["message_id"]
    assert after[2]["siblings"] == [second["question_id"], edited["question_id"]] and after[2]["position"] == 2
    assert TOLL not in read_by_the_model(api)

    # The first one too.
    say(api, "Of what is the bridge made?", session_id=session, parent_id=None)
    assert said(api, session) == ["Of what is the bridge made?"]
    api = api.server.stop() or api.server.start().api
    back = choose(api, session, before[0]["id"])
    assert [m["id"] for m in back] == [m["id"] for m in after], "the branch goes on as it last did"
    assert [m["citations"] for m in back] == [m["citations"] for m in after] and back[1]["citations"]
    assert [m["content"] for m in choose(api, session, second["message_id"])] == [m["content"] for m in before]
    assert messages(api, session)[2]["siblings"] == [second["question_id"], edited["question_id"]]


def test_an_answer_that_is_given_again_stands_beside_the_former_one(api):
    first = say(api, OPENED)
    session = first["session_id"]
    api.llm.api.post("/script", {"default": "swaps_numbers"})
    again = api.post(f"/api/sessions/{session}/regenerate", {"stream": False}).json
    assert again["question_id"] == first["question_id"] and again["answer"] != first["answer"]
    [question, answer] = messages(api, session)
    assert answer["siblings"] == [first["message_id"], again["message_id"]] and answer["position"] == 2
    assert choose(api, session, first["message_id"])[1]["content"] == first["answer"]
    # Any question can be answered again, by its own id or that of an answer to it.
    say(api, TOLL, session_id=session)
    third = api.post(f"/api/sessions/{session}/regenerate", {"stream": False, "message_id": first["message_id"]}).json
    assert third["question_id"] == first["question_id"] and len(messages(api, session)) == 2
    problem(api.post(f"/api/sessions/{session}/regenerate", {"message_id": "nobody"}), 404, "not_found")


def test_a_tab_that_has_not_heard_of_a_branch_asks_in_its_own(api):
    first = say(api, OPENED)
    session = first["session_id"]
    # One tab edits the question; the other still shows the former one and goes on from there.
    say(api, FLOOD, session_id=session, parent_id=None)
    say(api, TOLL, session_id=session, parent_id=first["message_id"])
    assert said(api, session) == [OPENED, TOLL]
    assert FLOOD not in read_by_the_model(api)
    assert len(messages(api, session)[0]["siblings"]) == 2


def test_what_is_no_branch_is_refused(api):
    first = say(api, OPENED)
    other = say(api, TOLL)
    session = first["session_id"]
    for body in ({"stream": False}, {"stream": True}):
        problem(api.post("/api/chat", {"message": "x", "session_id": session, "parent_id": other["message_id"], **body}), 400, "invalid_argument")
    problem(api.post(f"/api/sessions/{session}/branch", {"message_id": other["message_id"]}), 404, "not_found")
    problem(api.post(f"/api/sessions/{session}/branch", {}), 400, "invalid_argument")
    problem(api.post("/api/sessions/nope/branch", {"message_id": first["message_id"]}), 404, "not_found")
    assert len(messages(api, session)) == 2


def test_no_branch_is_chosen_above_an_answer_that_is_being_written(api):
    first = say(api, OPENED)
    session = first["session_id"]
    api.llm.api.post("/script", {"default": "slow_tokens", "pace": 0.05, "tokens": 400})
    listener, answer, _ = ask(api, session_id=session, parent_id=None)
    listener.until(lambda e: e.event == "token")
    problem(api.post(f"/api/sessions/{session}/branch", {"message_id": first["message_id"]}), 409, "conflict")
    api.post(f"/api/answers/{answer}/stop")
    listener.rest()
    assert [m["content"] for m in choose(api, session, first["message_id"])][0] == OPENED
    # The partial answer is kept in its branch.
    export = json.loads(api.get(f"/api/sessions/{session}/export?format=json").body)
    assert await_true(lambda: [m for m in json.loads(api.get(f"/api/sessions/{session}/export?format=json").body)["other_branches"] if m["stopped"]], "it to be stored")
    assert export["session"]["id"] == session


def search(api, words):
    answer = api.get(f"/api/sessions?query={urllib.parse.quote(words)}")
    assert answer.status == 200, answer.body
    return answer.json["sessions"]


def test_conversations_are_found_by_their_titles_and_words_and_no_text_is_an_error(api):
    first = say(api, OPENED)
    session = first["session_id"]
    say(api, TOLL, session_id=session, parent_id=None)
    other = say(api, FLOOD)
    api.call("PATCH", f"/api/sessions/{other['session_id']}", body={"title": "Stürme & Fluten"})

    [found] = search(api, "toll per")
    assert found["id"] == session
    match = found["match"]
    words = [match["excerpt"].encode()[m["begin"]:m["end"]].decode() for m in match["matches"]]
    assert words == ["toll", "person"] and match["role"] == "user"
    # In a branch that is not the active one: its message leads there.
    [found] = search(api, "when was opened")
    assert found["id"] == session and found["match"]["role"] == "user"
    assert choose(api, session, found["match"]["message_id"])[0]["content"] == OPENED
    [found] = search(api, "sturm")
    assert found["match"]["message_id"] is None and found["match"]["excerpt"] == "Stürme & Fluten"
    assert search(api, "nobody said this") == [] and search(api, "") == []
    for words in ('"', "(", "AND", "toll AND", "NEAR(", "title:x", "*", "'; DROP TABLE sessions; --", "\x01", "-", "^", "%"):
        search(api, words)
    problem(api.get("/api/sessions?query=" + "x" * 5000), 413, "too_large")
    assert len(api.get("/api/sessions").json["sessions"]) == 2


def test_a_removed_conversation_comes_back_whole_until_its_time_is_over(serve, scripted_llm):
    env = {**scripted_llm.env, "DOCMIND__AGENT__MODE": "context"}
    server = serve(env=env)
    server.api.await_ready()
    server.api.add(("bridge.txt", FACTS))
    done = say(server.api, OPENED)
    session = done["session_id"]
    before = messages(server.api, session)
    assert server.api.delete(f"/api/sessions/{session}").status == 204
    assert server.api.get("/api/sessions").json["sessions"] == [] and search(server.api, "ludwig") == []
    for call in (server.api.get(f"/api/sessions/{session}/messages"), server.api.delete(f"/api/sessions/{session}"), server.api.post("/api/chat", {"message": "x", "session_id": session})):
        problem(call, 404, "not_found")
    assert server.stop() == 0
    api = server.start().api
    assert api.post(f"/api/sessions/{session}/restore").json["id"] == session
    assert messages(api, session) == before
    problem(api.post(f"/api/sessions/{session}/restore"), 404, "not_found")
    api.delete(f"/api/sessions/{session}")
    assert server.stop() == 0
    server.env["DOCMIND__STORAGE__REMOVED_SESSION_HOURS"] = "0"
    problem(server.start().api.post(f"/api/sessions/{session}/restore"), 404, "not_found")


def test_exports_hold_the_citations_and_json_all_branches(api):
    first = say(api, OPENED)
    session = first["session_id"]
    say(api, TOLL, session_id=session, parent_id=None)
    markdown = api.get(f"/api/sessions/{session}/export?format=md").body.decode()
    assert f"## {TOLL}" in markdown.replace("\\", "") and f"## {OPENED}" not in markdown
    assert "bridge.txt, page 1: \"" in markdown
    whole = json.loads(api.get(f"/api/sessions/{session}/export?format=json").body)
    assert [m["content"] for m in whole["messages"] if m["role"] == "user"] == [TOLL]
    assert [m["content"] for m in whole["other_branches"] if m["role"] == "user"] == [OPENED]
    [answer] = [m for m in whole["other_branches"] if m["role"] == "assistant"]
    assert answer["citations"][0]["quote"] in FACTS.decode() and answer["parent_id"] == first["question_id"]


@pytest.mark.parametrize("running", [True, False], ids=["with a server", "without one"])
def test_the_command_line_searches_exports_removes_and_restores(api, running):
    first = say(api, OPENED)
    session = first["session_id"]
    say(api, TOLL, session_id=session, parent_id=None)
    data = api.server.data
    if not running:
        assert api.server.stop() == 0
    env = {"DOCMIND__LLM__ENABLED": "false"}
    shown = docmind("sessions", "search", "toll pers", "--data", data, env=env, check=0).stdout
    assert session in shown and "[toll]" in shown and "[person]" in shown
    [line] = docmind("sessions", "search", "opened", "--json", "--data", data, env=env, check=0).stdout.splitlines()
    assert json.loads(line)["match"]["excerpt"]
    nothing = docmind("sessions", "search", "zebra", "--data", data, env=env, check=0)
    assert nothing.stdout == "" and "No conversation" in nothing.stderr
    docmind("sessions", "search", "--data", data, env=env, check=2)
    exported = json.loads(docmind("sessions", "export", session, "--format", "json", "--data", data, env=env, check=0).stdout)
    assert len(exported["messages"]) == len(exported["other_branches"]) == 2
    docmind("sessions", "remove", session, "--data", data, env=env, check=0)
    assert docmind("sessions", "--data", data, env=env, check=0).stdout == ""
    docmind("sessions", "restore", session, "--data", data, env=env, check=0)
    assert session in docmind("sessions", "--data", data, env=env, check=0).stdout


# --- a reader who leaves before anything was told ---

def test_a_reader_who_leaves_before_the_first_event_finds_the_answer_by_the_id_it_chose(serve, scripted_llm):
    # The model is tried first, which takes a while: nothing is told until then, not even the conversation.
    scripted_llm.api.post("/script", {"default": "echo", "probe_pause": 60})
    server = serve(env={**scripted_llm.env, "DOCMIND__AGENT__MODE": "auto"})
    api = server.api
    api.await_ready()
    api.add(("bridge.txt", FACTS))
    chosen = uuid.uuid4().hex
    connection = api.connect()
    connection.request("POST", "/api/chat", body=json.dumps({"message": OPENED, "resumable": True, "answer_id": chosen}), headers={"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    assert api.get("/api/sessions").json["sessions"] == []
    connection.close()
    # The same request once more, as a page does that is not sure whether it came there.
    problem(api.post("/api/chat", {"message": OPENED, "resumable": True, "answer_id": chosen}), 409, "conflict")
    scripted_llm.api.post("/script", {"probe_pause": 0})
    events = follow(api, chosen).rest()
    assert [events[0].event, events[-1].event] == ["session", "done"]
    session = events[0].json["session_id"]
    assert events[0].json["answer_id"] == chosen
    assert [m["content"] for m in messages(api, session)][0] == OPENED and len(messages(api, session)) == 2
    assert len(api.get("/api/sessions").json["sessions"]) == 1


def test_stop_reaches_an_answer_that_has_not_told_anything(serve, scripted_llm):
    scripted_llm.api.post("/script", {"default": "echo", "probe_pause": 60})
    server = serve(env={**scripted_llm.env, "DOCMIND__AGENT__MODE": "auto"})
    api = server.api
    api.await_ready()
    chosen = uuid.uuid4().hex
    listener = Listener(api, "/api/chat", {"message": OPENED, "resumable": True, "answer_id": chosen})
    await_true(lambda: any(e["event"] == "probe" for e in scripted_llm.api.get("/log").json["events"]), "the model to be tried")
    assert api.post(f"/api/answers/{chosen}/stop").status == 204
    assert [e.event for e in listener.rest()] == ["stopped"]


def test_an_id_that_could_be_guessed_or_is_none_is_refused(api):
    for chosen in ("short", "x" * 65, "../../etc/passwd-is-long", "a b c d e f g h i j k l", "ä" * 20):
        problem(api.post("/api/chat", {"message": OPENED, "resumable": True, "answer_id": chosen}), 400, "invalid_argument")
    problem(api.post("/api/chat", {"message": OPENED, "resumable": True, "answer_id": 7}), 400, "invalid_argument")


def test_a_resumable_question_in_an_unknown_conversation_is_refused_at_once(api):
    problem(api.post("/api/chat", {"message": OPENED, "resumable": True, "session_id": "nope"}), 404, "not_found")
