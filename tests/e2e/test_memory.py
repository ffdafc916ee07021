"""What the model remembers of a long conversation: counted in its tokens, summed up in the background."""

import re

import pytest
from test_chat import FACTS, await_true
from test_resume import stored


def serve_with(serve, scripted_llm, **env):
    settings = {**scripted_llm.env, "DOCMIND__AGENT__MODE": "context", "DOCMIND__AGENT__MEMORY_TOKENS": "200", "DOCMIND__LLM__SLOTS": "1", **env}
    server = serve(env=settings)
    server.api.await_ready()
    server.api.add(("bridge.txt", FACTS))
    server.api.llm, server.api.server = scripted_llm, server
    return server.api


QUESTIONS = [f"When was the Ludwig bridge number {n} with the seven arches of red sandstone opened?" for n in range(12)]


def ask(api, question, **more):
    _, done = api.chat(question, **more)
    assert done and not done["degraded"], done
    return done


def requests(api, summaries):
    found = api.llm.api.get("/requests").json["requests"]
    return [r["body"] for r in found if ("You keep the notes" in r["body"]["messages"][0]["content"]) == summaries]


def kept(api, session):
    return [m["summary"] for m in stored(api, session)["messages"] if m["summary"]]


def test_what_no_longer_fits_is_summed_up_after_the_answer_and_read_with_the_next_question_over_a_restart(serve, scripted_llm):
    api = serve_with(serve, scripted_llm)
    session = ask(api, QUESTIONS[0])["session_id"]
    for question in QUESTIONS[1:]:
        ask(api, question, session_id=session)
        if requests(api, True):
            break
    await_true(lambda: kept(api, session), "a summary to be kept")
    [summary] = kept(api, session)
    api = api.server.stop() or api.server.start().api
    api.await_ready()
    api.llm, asked = scripted_llm, len(scripted_llm.api.get("/requests").json["requests"])
    ask(api, "Which pillar of the Ludwig bridge was damaged in the flood of 1882?", session_id=session)
    instructions = requests(api, False)[-1]["messages"][0]["content"]
    assert re.search(r"<(passage-[0-9a-f]{8})>\n" + re.escape(summary) + r"\n</\1>$", instructions), instructions
    assert asked


def test_the_writing_of_a_summary_holds_up_no_question_and_one_that_fails_changes_nothing(serve, scripted_llm):
    # One slot, and a model that never ends a summary: every question takes it away again.
    api = serve_with(serve, scripted_llm)
    session = ask(api, QUESTIONS[0])["session_id"]
    api.llm.api.post("/script", {"summary": "hang_mid_stream"})
    for question in QUESTIONS[1:8]:
        done = ask(api, question, session_id=session)
        assert done["timings_ms"]["first_token"] < 5000
    assert requests(api, True), "nothing was summed up"
    assert kept(api, session) == []
    api.llm.api.post("/script", {"summary": "error_500"})
    ask(api, QUESTIONS[8], session_id=session)
    api.llm.api.post("/script", {"summary": "empty_answer"})
    ask(api, QUESTIONS[9], session_id=session)
    assert kept(api, session) == []
    assert api.server.stop() == 0


def test_switched_off_the_oldest_is_forgotten(serve, scripted_llm):
    api = serve_with(serve, scripted_llm, DOCMIND__AGENT__MEMORY_SUMMARY="false")
    session = ask(api, QUESTIONS[0])["session_id"]
    for question in QUESTIONS[1:8]:
        ask(api, question, session_id=session)
    assert requests(api, True) == []
    last = "\n".join(m["content"] for m in requests(api, False)[-1]["messages"])
    assert "number 6" in last and "number 0" not in last


@pytest.mark.parametrize("tokenizer", ["llama-server", "vllm"])
def test_tokens_are_those_of_the_model_where_its_server_counts_them(serve, scripted_llm, tokenizer):
    scripted_llm.api.post("/script", {"tokenizer": tokenizer})
    api = serve_with(serve, scripted_llm, DOCMIND__AGENT__MEMORY_SUMMARY="false")
    session = ask(api, QUESTIONS[0])["session_id"]
    for question in QUESTIONS[1:8]:
        ask(api, question, session_id=session)
    # A word a token: so far more of the conversation fits than by the estimate.
    last = "\n".join(m["content"] for m in requests(api, False)[-1]["messages"])
    assert "number 3" in last
    counted = [e for e in api.llm.api.get("/log").json["events"] if e["event"] == "tokenize"]
    assert 0 < len(counted) <= 16, "a message was counted twice"
