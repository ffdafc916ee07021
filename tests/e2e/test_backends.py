"""The program against the model servers people run, played from what the real ones said (tests/data/backends)."""

import json
from pathlib import Path

import pytest

BACKENDS = Path(__file__).parent.parent / "data" / "backends"
BRIDGE = b"The Ludwig bridge was opened in 1872. It has seven arches of red sandstone. The toll was two kreuzer for a person and six for a cart. The flood of 1882 took the third arch away.\n"
QUESTION = "When was the Ludwig bridge opened?"


class Played:
    def __init__(self, llm, server):
        self.api, self.exchanges = llm.api, json.loads((BACKENDS / f"{server}.json").read_text(encoding="utf-8"))["exchanges"]

    def says(self, *names):
        """Each request is answered as it was in these exchanges; one that is in several, as in one after the other."""
        answers = {}
        for name in names:
            exchange = self.exchanges[name]
            answers.setdefault(f"{exchange['request']['method']} {exchange['request']['path']}", []).append(exchange)
        self.api.post("/script", {"answers": answers})

    def talk(self):
        """The names of the chat requests of a whole question, as `docmind ask` had it with the real server."""
        return sorted(n for n in self.exchanges if n.startswith("agent ") and self.exchanges[n]["request"]["path"].endswith("/completions"))

    def asked(self):
        return [r["body"] for r in self.api.get("/requests").json["requests"]]


@pytest.fixture
def play(serve, scripted_llm):
    def start(name, names, env=None):
        played = Played(scripted_llm, name)
        names = names or [*(n for n in ("models", "ps", "show") if n in played.exchanges), *played.talk()]
        played.says(*names)
        played.server = serve(env={**scripted_llm.env, "DOCMIND__LLM__MODEL": "", "DOCMIND__AGENT__MODE": "react", **(env or {})}).api
        played.server.await_ready()
        [record] = played.server.add(("bridge.txt", BRIDGE))
        assert record["status"] == "ready"
        return played

    return start


@pytest.mark.parametrize(("name", "said"), [("ollama", "The bridge was built for the Ludwigs"), ("vllm", "The bridge was opened in 1872")])
def test_a_question_goes_through_the_tools_as_it_did_with_the_real_server(play, name, said):
    played = play(name, [])
    events, done = played.server.chat(QUESTION)
    bodies = played.asked()
    assert len(bodies) == len(played.talk()), "as many as then"
    assert all("tools" in b for b in bodies), "the model calls tools natively"
    steps = [e.json["text"] for e in events if e.event == "step" and e.json["kind"] == "tool"]
    assert steps and steps[0].startswith("search_library(")
    assert said in done["answer"] and "look it up" not in done["answer"] and "<think>" not in done["answer"] and "tool_call" not in done["answer"]
    assert done["found"] and not done["degraded"]
    assert [(c["name"], c["page"]) for c in done["citations"]] == [("bridge.txt", 1)] and done["citations"][0]["quote"] in BRIDGE.decode()
    assert done["usage"]["prompt_tokens"] > 0
    # The call and its result went back under the id the server had given.
    asked = [m for m in bodies[-1]["messages"] if m.get("tool_calls")]
    given = [m for m in bodies[-1]["messages"] if m["role"] == "tool"]
    assert asked[0]["tool_calls"][0]["id"] == given[0]["tool_call_id"] != ""


def test_what_the_servers_offer_is_listed_by_the_names_they_take(play):
    played = play("ollama", ["models", "ps, nothing loaded", "show", "plain"], {"DOCMIND__AGENT__MODE": "context"})
    models = json.dumps(played.server.get("/api/models").json)
    assert "tools:latest" in models and "plain:latest" in models


def test_a_model_that_thinks_until_its_tokens_are_used_up_leaves_the_passages_and_says_what_to_do(play):
    played = play("vllm", ["models", "only thoughts"], {"DOCMIND__AGENT__MODE": "context"})
    _, done = played.server.chat(QUESTION)
    assert done["degraded"] and "1872" in done["answer"] and any("llm.max_tokens" in n and "thinks first" in n for n in done["notes"])
