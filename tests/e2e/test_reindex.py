"""The configuration names another embedding model: the library follows, and nothing is lost on the way."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import zlib
from pathlib import Path

import pytest
from docmind_process import BIN, docmind
from test_settings import put, setting

DIMENSION = 384  # as the built-in model: nothing but the name tells their vectors apart
NAMES = [f"animal{i}" for i in range(80)]


class EmbeddingServer:
    """`/v1/embeddings` with vectors of 384 components; it stops answering after `allowance` texts until more are allowed."""

    def __init__(self, port=0):
        self.texts, self.allowance, self.changed, self.gone = [], 10**9, threading.Condition(), False
        self.keys, self.requests = set(), 0  # what was sent as Authorization; how many came
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                if outer.gone:
                    self.close_connection = True
                    return
                outer.keys.add(self.headers["Authorization"])
                outer.requests += 1
                texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
                texts = [texts] if isinstance(texts, str) else texts
                with outer.changed:
                    outer.changed.wait_for(lambda: len(outer.texts) + len(texts) <= outer.allowance)
                    outer.texts += texts
                data = [{"object": "embedding", "index": i, "embedding": vector(text)} for i, text in enumerate(texts)]
                body = json.dumps({"object": "list", "data": data, "model": "scripted"}).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    pass

            def do_GET(self):
                self.send_error(404)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def allow(self, texts):
        with self.changed:
            self.allowance = texts
            self.changed.notify_all()

    def stop(self):
        self.allow(10**9)
        self.server.shutdown()


def vector(text):
    """The sum of its words' directions."""
    values = [0.01] * DIMENSION
    for word in text.lower().split():
        values[zlib.crc32(word.strip(".?").encode()) % DIMENSION] += 1
    length = sum(v * v for v in values) ** 0.5
    return [v / length for v in values]


@pytest.fixture
def scripted():
    server = EmbeddingServer()
    yield server
    server.stop()


@pytest.fixture
def another():
    server = EmbeddingServer()
    yield server
    server.stop()


def by(server):
    """The settings of a library whose embedding model is that server."""
    return {"DOCMIND__EMBEDDING__BASE_URL": server.url, "DOCMIND__RERANKER__ENABLED": "false"}


def state(api):
    return api.get("/api/ingestion").json["reindex"]


def texts_of(names):
    return [(f"{name}.txt", f"The {name} lives on island number {i}.".encode()) for i, name in enumerate(names)]


def found(api, query, **options):
    """Names of the passages' documents, and the best one's cosine."""
    results = api.retrieve(query, rerank=False, **options)["results"]
    return [r["name"] for r in results], results[0]["scores"].get("dense") if results else None


def nearest(api, i):
    """The passage that lies nearest to the sentence about animal i, and its cosine."""
    answer = api.post("/api/retrieve", {"query": f"The {NAMES[i]} lives on island number {i}.", "mode": "dense", "rerank": False, "top_k": 1})
    assert answer.status == 200, answer.body
    result = answer.json["results"][0]
    return result["name"], result["scores"]["dense"]


class Asking:
    """Somebody who asks all the time, by meaning alone, whatever becomes of the server."""

    def __init__(self):
        self.api, self.stopped, self.answers, self.refused = None, False, [], []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        i = 0
        while not self.stopped:
            api, i = self.api, (i + 1) % len(NAMES)
            if api is None:
                time.sleep(0.01)
                continue
            try:
                self.answers.append((i, *nearest(api, i)))
            except AssertionError as refusal:
                self.refused.append(refusal)
            except (OSError, ValueError):
                pass  # the server was killed

    def stop(self):
        self.stopped = True
        self.thread.join()


def until(what, timeout=120):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_another_model_takes_over_once_every_passage_is_embedded_even_when_killed_in_between(serve, scripted):
    first = serve()
    first.api.await_ready()
    documents = first.api.add(*texts_of(NAMES))
    assert {d["status"] for d in documents} == {"ready"}
    assert state(first.api) is None
    first.stop()

    scripted.allow(50)
    second = serve(env=by(scripted))
    moving = until(lambda: (r := state(second.api)) and r["embedded"] > 0 and r["searches_by_meaning"] and r)
    assert moving["state"] == "running" and moving["passages"] == len(NAMES) and 0 < moving["embedded"] < len(NAMES), moving
    assert "the search goes on with bge-small" in moving["detail"]
    assert "embedded anew" in second.api.get("/api/ready").json["parts"]["embedding"]["detail"]
    # The former model embeds the questions, and what is compared is of that model.
    names, cosine = found(second.api, "The animal7 lives on island number 7.", mode="dense")
    assert names[0] == "animal7.txt" and cosine > 0.9
    # One document goes, another comes: found by its words at once, and by its meaning as soon as the former model has embedded it too.
    assert second.api.delete(f"/api/documents/{documents[3]['id']}").status == 204
    late = second.api.add(("late.txt", b"The latecomer swims."))[0]
    assert late["status"] == "ready"
    assert found(second.api, "latecomer", mode="sparse")[0] == ["late.txt"]
    scripted.allow(60)
    until(lambda: found(second.api, "The latecomer swims.", mode="dense")[0][0] == "late.txt")
    assert state(second.api), "it is not over yet"
    done = state(second.api)["embedded"]
    second.kill()

    before = len(scripted.texts)
    scripted.allow(10**9)
    third = serve(env=by(scripted))
    third.api.await_ready(parts=("store", "embedding"))
    until(lambda: state(third.api) is None)
    # Requests of the killed process that were held back are answered too: the same texts.
    again = {t for t in scripted.texts[before:] if "island" in t}
    assert len(again) <= len(NAMES) - done, "what had been embedded was embedded again"
    names, cosine = found(third.api, "The animal7 lives on island number 7.", mode="dense", top_k=100)
    assert len(names) == len(NAMES) and names[0] == "animal7.txt" and cosine > 0.9
    assert "animal3.txt" not in names and "late.txt" in names
    third.stop()
    assert third.process.returncode == 0

    # And it is settled: the next start embeds nothing.
    before = len([t for t in scripted.texts if "island" in t])
    fourth = serve(env=by(scripted))
    fourth.api.await_ready(parts=("store", "embedding"))
    assert state(fourth.api) is None
    assert len([t for t in scripted.texts if "island" in t]) == before


def expect_one_model_each(asking, by_the_former, by_the_new):
    """Every answer is one that the former or the new model gives alone, and both have answered."""
    counts = [0, 0]
    for i, name, cosine in asking.answers:
        fits = [name == own[i][0] and abs(cosine - own[i][1]) < 0.002 for own in (by_the_former, by_the_new)]
        assert any(fits), (i, name, cosine, by_the_former[i], by_the_new[i])
        counts[fits.index(True)] += 1
    assert min(counts) > 0 and not asking.refused, (counts, asking.refused[:3])


def test_whoever_asks_meanwhile_is_answered_by_one_model_or_the_other_and_nothing_is_lost_however_often_it_is_killed(serve, scripted):
    first = serve()
    first.api.await_ready()
    first.api.add(*texts_of(NAMES))
    by_the_former = [nearest(first.api, i) for i in range(len(NAMES))]
    first.stop()
    asking, added = Asking(), []
    for round, allowance in enumerate((20, 60, 100, 10**9)):
        scripted.allow(allowance)
        server = serve(env=by(scripted))
        until(lambda: (r := state(server.api)) is None or r["searches_by_meaning"])
        asking.api, answers = server.api, len(asking.answers)
        sent = server.api.upload((f"round{round}.txt", f"Visitors of round{round} came by boat.".encode()))
        assert sent.status == 202
        added += [d["id"] for d in sent.json["documents"]]
        until(lambda: len(asking.answers) > answers + 20)
        if round < 3:
            server.kill()
    for ident in added:
        assert server.api.await_done(ident)["status"] == "ready"
    until(lambda: state(server.api) is None)
    answers = len(asking.answers)
    until(lambda: len(asking.answers) > answers + 50)
    asking.stop()
    by_the_new = [nearest(server.api, i) for i in range(len(NAMES))]
    # Both models have vectors of one length: had they met, the cosines would be neither's.
    expect_one_model_each(asking, by_the_former, by_the_new)
    names, _ = found(server.api, "Visitors of round1 came by boat.", mode="dense", top_k=100)
    assert names[0] == "round1.txt" and len(names) == len(NAMES) + 4


def test_the_former_model_server_is_asked_as_long_as_it_is_there(serve, scripted, another):
    first = serve(env=by(scripted))
    first.api.await_ready(parts=("store", "embedding"))
    first.api.add(*texts_of(NAMES[:40]))
    first.stop()
    another.allow(1)
    second = serve(env=by(another))
    until(lambda: (r := state(second.api)) and r["searches_by_meaning"])
    names, cosine = found(second.api, "The animal7 lives on island number 7.", mode="dense")
    assert names[0] == "animal7.txt" and cosine > 0.9
    assert "The animal7 lives on island number 7." in scripted.texts
    # It goes: words are left, and the answer says so.
    scripted.gone = True
    answer = second.api.retrieve("animal7", rerank=False)
    assert answer["results"][0]["name"] == "animal7.txt"
    assert any("keyword search only" in note for note in answer["notes"]), answer["notes"]
    another.allow(10**9)
    until(lambda: state(second.api) is None)
    assert found(second.api, "The animal7 lives on island number 7.", mode="dense")[0][0] == "animal7.txt"


def test_started_while_the_new_model_server_is_away_the_former_model_answers(serve, scripted):
    first = serve()
    first.api.await_ready()
    first.api.add(*texts_of(NAMES[:40]))
    first.stop()
    scripted.allow(33)
    second = serve(env=by(scripted))
    until(lambda: (r := state(second.api)) and r["embedded"] > 0)
    second.kill()
    scripted.stop()
    scripted.server.server_close()
    third = serve(env=by(scripted))
    sentence = {"query": "The animal7 lives on island number 7.", "mode": "dense", "rerank": False}
    answer = until(lambda: (a := third.api.post("/api/retrieve", sentence)).status == 200 and a)
    assert answer.json["results"][0]["name"] == "animal7.txt"
    assert not third.api.get("/api/ready").json["parts"]["embedding"]["ok"], "new documents wait for the new model"
    back = EmbeddingServer(scripted.server.server_port)
    third.api.await_ready(parts=("store", "embedding"))
    until(lambda: state(third.api) is None)
    assert found(third.api, "The animal7 lives on island number 7.", mode="dense")[0][0] == "animal7.txt"
    back.stop()


def linked_model(folder):
    """The model of the set-up in a folder of its own, which can be taken away."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder.mkdir()
    for file in (cache / "docmind" / "current" / "embedding").resolve().iterdir():
        (folder / file.name).symlink_to(file)
    return {"DOCMIND__EMBEDDING__MODEL_DIR": str(folder)}


def test_without_the_former_model_words_are_searched_and_the_state_says_so(serve, scripted, tmp_path):
    first = serve(env=linked_model(tmp_path / "my-model"))
    first.api.await_ready()
    first.api.add(*texts_of(NAMES[:40]))
    first.stop()
    shutil.rmtree(tmp_path / "my-model")
    scripted.allow(1)
    second = serve(env=by(scripted))
    moving = until(lambda: (r := state(second.api)) and "cannot be had" in r["detail"] and r)
    assert not moving["searches_by_meaning"] and "found by their words" in moving["detail"] and "my-model" in moving["detail"]
    results = second.api.retrieve("animal7", rerank=False)["results"]
    assert results[0]["name"] == "animal7.txt"
    assert all(r["scores"].get("dense") is None for r in results)
    refused = second.api.post("/api/ingestion/reindex/cancel")
    assert refused.status == 409 and "embedding.model_dir" in refused.json["detail"]
    scripted.allow(10**9)
    until(lambda: state(second.api) is None)
    assert found(second.api, "The animal7 lives on island number 7.", mode="dense")[0][0] == "animal7.txt"


def test_it_can_be_paused_cancelled_and_begun_anew_and_that_outlives_the_process(serve, scripted):
    first = serve()
    first.api.await_ready()
    first.api.add(*texts_of(NAMES[:40]))
    first.stop()
    scripted.allow(20)
    second = serve(env=by(scripted))
    until(lambda: (r := state(second.api)) and r["searches_by_meaning"])
    assert second.api.post("/api/ingestion/reindex/pause").json["reindex"]["state"] == "paused"
    assert second.api.post("/api/ingestion/reindex/dance").status == 400
    second.kill()
    scripted.allow(10**9)

    third = serve(env=by(scripted))
    until(lambda: (r := state(third.api)) and r["searches_by_meaning"])
    assert state(third.api)["state"] == "paused"
    late = third.api.add(("late.txt", b"The latecomer swims."))[0]
    assert late["status"] == "ready", "documents come in all the same"
    cancelled = third.api.post("/api/ingestion/reindex/cancel")
    assert cancelled.status == 200 and cancelled.json["reindex"]["state"] == "cancelled", cancelled.body
    until(lambda: found(third.api, "The latecomer swims.", mode="dense")[0][0] == "late.txt")
    third.kill()

    before = len(scripted.texts)
    fourth = serve(env=by(scripted))
    fourth.api.await_ready(parts=("store", "embedding"))
    assert state(fourth.api)["state"] == "cancelled"
    fourth.api.add(("later.txt", b"Another latecomer walks."))
    names, cosine = found(fourth.api, "Another latecomer walks.", mode="dense", top_k=100)
    assert names[0] == "later.txt" and cosine > 0.9 and len(names) == 42
    assert all(text == "dimension" for text in scripted.texts[before:]), "the library stays with the former model"
    assert fourth.api.post("/api/ingestion/reindex/resume").json["reindex"]["state"] == "running"
    until(lambda: state(fourth.api) is None)
    assert len(found(fourth.api, "Another latecomer walks.", mode="dense", top_k=100)[0]) == 42
    assert fourth.api.post("/api/ingestion/reindex/pause").status == 409


def test_going_back_to_the_first_model_finds_everything_at_once(serve, scripted):
    first = serve()
    first.api.await_ready()
    first.api.add(*texts_of(NAMES[:40]))
    first.stop()
    scripted.allow(33)
    second = serve(env=by(scripted))
    until(lambda: state(second.api))
    late = second.api.upload(("late.txt", b"The latecomer swims.")).json["documents"][0]["id"]
    second.kill()
    scripted.allow(10**9)
    third = serve()
    third.api.await_ready()
    assert state(third.api) is None
    assert third.api.await_done(late)["status"] == "ready"
    until(lambda: len(found(third.api, "animal7", mode="dense", top_k=100)[0]) == 41)


def test_what_is_put_before_questions_needs_no_re_index_and_is_put_there(serve, scripted):
    first = serve(env=by(scripted))
    first.api.await_ready(parts=("store", "embedding"))
    first.api.add(*texts_of(NAMES[:3]))
    found(first.api, "animal2", mode="dense")
    first.stop()
    assert "animal2" in scripted.texts
    before = len(scripted.texts)
    second = serve(env={**by(scripted), "DOCMIND__EMBEDDING__QUERY_INSTRUCTION": "Look for: "})
    second.api.await_ready(parts=("store", "embedding"))
    assert state(second.api) is None
    assert found(second.api, "animal2", mode="dense")[0][0] == "animal2.txt"
    assert scripted.texts[before:] == ["dimension", "Look for: animal2"]


def test_the_terminal_guides_it(serve, scripted, tmp_path):
    first = serve()
    first.api.await_ready()
    first.api.add(*texts_of(NAMES))
    first.stop()
    data, env = tmp_path / "data", {**by(scripted), "DOCMIND__LLM__ENABLED": "false"}
    assert "--cancel" in docmind("reindex", "--help", check=0).stdout

    # Without a server this process does it itself; Ctrl-C keeps what was done.
    scripted.allow(40)
    process = subprocess.Popen([BIN, "reindex", "--data", data, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env})
    seen = json.loads(process.stdout.readline())
    while seen["embedded"] == 0:
        seen = json.loads(process.stdout.readline())
    assert seen["state"] == "running" and seen["passages"] == len(NAMES)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and "`docmind reindex` goes on" in said

    # With one, it asks that.
    server = serve(env=env)
    server.api.await_ready(parts=("store", "embedding"))
    asked = docmind("reindex", "--status", "--json", "--data", data, env=env, check=3)
    assert json.loads(asked.stdout)["embedded"] >= seen["embedded"]
    until(lambda: state(server.api)["searches_by_meaning"])
    docmind("reindex", "--pause", "--data", data, env=env, check=0)
    assert state(server.api)["state"] == "paused"
    assert "is paused" in docmind("reindex", "--status", "--data", data, env=env, check=3).stdout
    docmind("reindex", "--cancel", "--data", data, env=env, check=0)
    assert state(server.api)["state"] == "cancelled"
    scripted.allow(10**9)
    finished = docmind("reindex", "--data", data, env=env, check=0)
    assert "nothing to re-index" in finished.stdout
    assert state(server.api) is None
    assert docmind("reindex", "--status", "--json", "--data", data, env=env, check=0).stdout.strip() == '{"state":"none"}'
    assert docmind("reindex", "--pause", "--cancel", "--data", data, env=env).returncode == 2


def settled(api):
    until(lambda: state(api) is None)


def test_the_model_is_changed_while_the_server_runs_and_whoever_asks_meanwhile_is_answered_even_across_kill_9(serve, scripted):
    server = serve("library")
    server.api.await_ready()
    server.api.add(*texts_of(NAMES))
    by_the_former = [nearest(server.api, i) for i in range(len(NAMES))]
    asking = Asking()
    asking.api = server.api
    scripted.allow(50)
    put(server.api, {"embedding.base_url": scripted.url})
    moving = until(lambda: (r := state(server.api)) and r["embedded"] > 0 and r)
    assert moving["state"] == "running" and moving["passages"] == len(NAMES) and moving["searches_by_meaning"], moving
    assert "the search goes on with bge-small" in moving["detail"]
    # Documents come in, and are found by their words at once.
    assert server.api.add(("late.txt", b"The latecomer swims."))[0]["status"] in ("ready", "processing")
    answers = len(asking.answers)
    until(lambda: len(asking.answers) > answers + 20)
    server.kill()

    shown = docmind("config", "--json", "--data", server.data, check=0).stdout.splitlines()
    of_the_file = next(json.loads(line) for line in shown if '"embedding.base_url"' in line)
    assert (of_the_file["value"], of_the_file["origin"]) == (scripted.url, "changed")
    scripted.allow(75)  # enough for what the killed process asked for, and for the question how long a vector is
    server = serve("library")
    asking.api = server.api
    until(lambda: (r := state(server.api)) and r["searches_by_meaning"])
    answers = len(asking.answers)
    until(lambda: len(asking.answers) > answers + 20)
    assert state(server.api)["embedded"] >= 32, "it goes on where it stood"
    scripted.allow(10**9)
    settled(server.api)
    answers = len(asking.answers)
    until(lambda: len(asking.answers) > answers + 20)
    asking.stop()
    by_the_new = [nearest(server.api, i) for i in range(len(NAMES))]
    expect_one_model_each(asking, by_the_former, by_the_new)
    names, _ = found(server.api, "The latecomer swims.", mode="dense", top_k=100)
    assert names[0] == "late.txt" and len(names) == len(NAMES) + 1


def test_a_model_that_cannot_be_used_changes_nothing_and_the_refusal_says_what_to_do(serve, scripted, tmp_path):
    server = serve("library")
    server.api.await_ready()
    server.api.add(*texts_of(NAMES[:5]))
    before = server.api.get("/api/settings").json
    (tmp_path / "empty").mkdir()
    for changes, status, words in (
        ({"embedding.base_url": "http://127.0.0.1:9/v1"}, 503, "127.0.0.1:9"),
        ({"embedding.base_url": "no address"}, 400, "embedding server"),
        ({"embedding.model_dir": str(tmp_path / "nowhere")}, 503, "nowhere"),
        ({"embedding.model_dir": str(tmp_path / "empty")}, 503, "OpenVINO"),
        ({"embedding.model_dir": "models/mine"}, 400, "whole path"),
        ({"embedding.model_dir": "/models", "embedding.base_url": scripted.url}, 400, scripted.url),
        ({"embedding.batch_tokens": 64}, 409, "start"),
    ):
        said = put(server.api, changes, status)["detail"]
        assert words in said, said
        if status == 503:
            assert "The embedding model stays as it is" in said
    scripted.gone = True
    assert "stays as it is" in put(server.api, {"embedding.base_url": scripted.url}, 502)["detail"]
    assert server.api.get("/api/settings").json == before and state(server.api) is None
    assert not (server.data / "settings.toml").exists() or "embedding" not in (server.data / "settings.toml").read_text()
    assert nearest(server.api, 3)[0] == "animal3.txt"
    assert server.api.add(("late.txt", b"The latecomer swims."))[0]["status"] == "ready"
    server.stop()
    fixed = serve("library", env=linked_model(tmp_path / "mine"))
    fixed.api.await_ready()
    assert "environment" in put(fixed.api, {"embedding.model_dir": "/models"}, 409)["detail"]


def test_a_second_change_takes_the_place_of_the_first_and_one_back_ends_it(serve, scripted, another):
    server = serve("library")
    server.api.await_ready()
    server.api.add(*texts_of(NAMES))
    by_the_former = nearest(server.api, 7)
    scripted.allow(40)
    put(server.api, {"embedding.base_url": scripted.url})
    until(lambda: state(server.api)["embedded"] > 0)
    # Uploads of every stage: what the one in between embeds is embedded again.
    added = [d["id"] for d in server.api.upload(*[(f"visitor{i}.txt", f"Visitor{i} came by boat.".encode()) for i in range(5)]).json["documents"]]
    another.allow(40)
    put(server.api, {"embedding.base_url": another.url})
    assert another.url.split("/")[2] in state(server.api)["to"]
    scripted.allow(10**9)
    assert nearest(server.api, 7) == by_the_former, "it still goes on from the first"
    put(server.api, {"embedding.base_url": None})
    assert state(server.api) is None and setting(server.api, "embedding.base_url")["origin"] == "default"
    assert nearest(server.api, 7) == by_the_former
    for ident in added:
        assert server.api.await_done(ident)["status"] == "ready"
    assert found(server.api, "Visitor3 came by boat.", mode="dense")[0][0] == "visitor3.txt"
    server.kill()
    server = serve("library")
    server.api.await_ready()
    assert state(server.api) is None and nearest(server.api, 7) == by_the_former

    # All the way this time, over a cancellation.
    scripted.allow(len(scripted.texts) + 40)
    put(server.api, {"embedding.base_url": scripted.url})
    assert server.api.post("/api/ingestion/reindex/cancel").json["reindex"]["state"] == "cancelled"
    another.allow(10**9)
    put(server.api, {"embedding.base_url": another.url})
    settled(server.api)
    assert nearest(server.api, 7)[0] == "animal7.txt"
    assert found(server.api, "Visitor3 came by boat.", mode="dense")[0][0] == "visitor3.txt"


def test_a_question_under_way_ends_with_the_model_it_began_with(serve, scripted, another):
    server = serve("library", env={"DOCMIND__RERANKER__ENABLED": "false"})
    server.api.await_ready(parts=("store", "embedding"))
    server.api.add(*texts_of(NAMES[:40]))
    put(server.api, {"embedding.base_url": scripted.url})
    settled(server.api)
    expected = nearest(server.api, 5)
    scripted.allow(len(scripted.texts))
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(nearest(server.api, 6)))
    before = scripted.requests
    waiting.start()
    until(lambda: scripted.requests > before)
    another.allow(10**9)
    put(server.api, {"embedding.base_url": another.url})
    scripted.allow(10**9)
    waiting.join(60)
    assert answers and answers[0][0] == "animal6.txt" and answers[0][1] > 0.9
    settled(server.api)
    assert nearest(server.api, 5)[0] == expected[0]


def test_the_key_of_an_embedding_server_is_kept_to_itself(serve, scripted, another):
    server = serve("library")
    server.api.await_ready()
    answer = put(server.api, {"embedding.base_url": scripted.url, "embedding.api_key": "canary"})
    assert "canary" not in json.dumps(answer) and scripted.keys == {"Bearer canary"}
    settled(server.api)
    server.api.add(*texts_of(NAMES[:3]))
    put(server.api, {"embedding.base_url": another.url})
    settled(server.api)
    assert another.keys == {None}
    assert "canary" not in docmind("config", "--json", "--data", server.data, check=0).stdout
    server.stop()
    assert "canary" not in (server.data / "settings.toml").read_text(), "it was of the server before"


def test_a_folder_is_named_while_the_server_runs(serve, tmp_path):
    server = serve("library")
    server.api.await_ready()
    server.api.add(*texts_of(NAMES[:40]))
    folder = linked_model(tmp_path / "bge-small-en-v1.5")["DOCMIND__EMBEDDING__MODEL_DIR"]
    put(server.api, {"embedding.model_dir": folder})
    assert state(server.api) is None, "the same model in another place: its vectors are the same"
    assert setting(server.api, "embedding.model_dir")["value"] == folder
    int8 = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "docmind" / "models" / "bge-small-en-v1.5-int8"
    if not int8.exists():
        pytest.skip("tools/models.sh int8 was not run")
    by_the_former = nearest(server.api, 7)
    put(server.api, {"embedding.model_dir": str(int8)})
    settled(server.api)
    name, cosine = nearest(server.api, 7)
    assert name == "animal7.txt" and cosine != by_the_former[1]
