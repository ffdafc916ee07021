"""Questions wait for the model together, not one after the other. bench/async measures how well; here the bounds
only tell together from one after the other, on a machine however busy."""

import time
from concurrent.futures import ThreadPoolExecutor

SERVICE = 0.3 + 50 * 0.02  # seconds of one answer of the model server


def ask(api, i):
    start = time.monotonic()
    events, done = api.chat(f"What do otters do while they sleep, and why? ({i})")
    assert sum(e.event == "token" for e in events) >= 50, events[-1]
    assert "word49" in done["answer"]
    return time.monotonic() - start


def together(api, count):
    start = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda i: ask(api, i), range(count)))
    return time.monotonic() - start


def start(serve, scripted_llm):
    env = {**scripted_llm.env, "DOCMIND__LLM__SLOTS": "16", "DOCMIND__RERANKER__ENABLED": "false"}
    api = serve(env=env).api
    api.await_ready(parts=("store", "embedding"))
    api.add(("otters.txt", b"Otters hold hands while they sleep, so that they do not drift apart."))
    scripted_llm.api.post("/script", {"default": "sixteen_slots", "tokens": 50, "pace": 0.02})
    ask(api, "warm")
    return api


def test_sixteen_questions_at_once_are_with_the_model_together(serve, scripted_llm):
    api = start(serve, scripted_llm)
    one = min(ask(api, i) for i in range(2))
    sixteen = together(api, 16)
    assert sixteen < 16 * one / 2, (one, sixteen)
    assert scripted_llm.api.post("/script", {}).json["most_busy"] >= 8


def test_forty_questions_keep_sixteen_slots_busy_until_they_run_out(serve, scripted_llm):
    api = start(serve, scripted_llm)
    seconds = together(api, 40)
    rounds = 3  # of 16, 16 and 8
    assert rounds * SERVICE <= seconds < 3 * rounds * SERVICE, seconds
