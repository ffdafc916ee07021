"""A reranker behind /v1/rerank or /rerank: its opinion counts, and without it answers are as good as the search alone."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from docmind_process import docmind, free_port


class RerankServer:
    """Scores a text by whether it says `favourite`. `kind`: jina (probabilities, /v1/rerank) or tei (logits, /rerank with texts)."""

    def __init__(self, kind="jina", favourite="zebra", port=0):
        self.kind, self.favourite, self.mode, self.requests = kind, favourite, "answer", []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.mode == "gone":
                    self.close_connection = True
                    return
                status, answer = outer.answer(self.path, self.headers, body)
                sent = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, headers, body):
        place, key = {"jina": ("/v1/rerank", "documents"), "tei": ("/rerank", "texts")}[self.kind]
        if path != place:
            return 404, {"error": "no such place"}
        if key not in body:
            return 422, {"error": f"missing field `{key}`"}
        if self.mode == "hang":
            self.released.wait(60)
        if self.mode == "fail":
            return 500, {"error": {"message": "the model fell over"}}
        self.requests.append((dict(headers), body))
        likes = [self.favourite in text for text in body[key]]
        if self.kind == "tei":
            return 200, [{"index": i, "score": 6.0 if like else -9.0} for i, like in enumerate(likes)]
        return 200, {"model": "m", "results": [{"index": i, "relevance_score": 0.99 if like else 0.001} for i, like in reversed(list(enumerate(likes)))]}

    def stop(self):
        self.mode = "gone"
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def env_of(url, **more):
    # It alone decides the order of what it read.
    return {"DOCMIND__RERANKER__BASE_URL": url, "DOCMIND__RERANKER__MODEL": "m", "DOCMIND__RERANKER__API_KEY": "canary-key", "DOCMIND__RERANKER__WEIGHT": "1", **more}


FILES = [("otter.txt", b"The otter of the river eats fish and crabs."), ("zebra.txt", b"The zebra is no otter and eats grass, as every river guide says.")]
QUESTION = "What does the otter of the river eat?"


@pytest.mark.parametrize("kind", ["jina", "tei"])
def test_the_order_is_that_of_the_configured_server(serve, kind):
    server = RerankServer(kind)
    try:
        api = serve(env=env_of(server.url)).api
        api.await_ready()
        api.add(*FILES)
        found = api.retrieve(QUESTION)
        assert [r["name"] for r in found["results"]] == ["zebra.txt", "otter.txt"]
        assert found["results"][0]["scores"]["rerank"] > 4 and found["results"][1]["scores"]["rerank"] < -6, "logits, whatever the server gives"
        assert found["notes"] == [] and "rerank" in found["timings_ms"]
        headers, body = server.requests[-1]
        assert headers["Authorization"] == "Bearer canary-key" and body["query"] == QUESTION and body["model"] == "m"
        assert [r["name"] for r in api.retrieve(QUESTION, rerank=False)["results"]] == ["otter.txt", "zebra.txt"]
    finally:
        server.stop()


@pytest.mark.parametrize("mode", ["fail", "hang", "gone"])
def test_a_server_that_goes_away_costs_no_question_and_is_said_to_be_away(serve, mode):
    server = RerankServer()
    try:
        running = serve(env=env_of(server.url, DOCMIND__RERANKER__BUDGET="0.4"))
        api = running.api
        api.await_ready()
        api.add(*FILES)
        if mode == "gone":
            server.stop()
        else:
            server.mode = mode
        for _ in range(3):
            begin = time.monotonic()
            found = api.retrieve(QUESTION)
            assert time.monotonic() - begin < 10
            assert [r["name"] for r in found["results"]] == ["otter.txt", "zebra.txt"], "the order of the search alone"
            assert len(found["notes"]) == 1 and "reranker" in found["notes"][0]
        _, done = api.chat(QUESTION)
        assert done["citations"] and any("reranker" in note for note in done["notes"])
        ready = api.get("/api/ready")
        part = ready.json["parts"]["reranker"]
        assert ready.status in (200, 503) and not part["ok"] and "reranker server at http://127.0.0.1" in part["detail"]
        log = "".join(running.log)
        assert "answers are not reranked" in log and "canary-key" not in log
    finally:
        if mode != "gone":
            server.stop()


def test_a_server_that_comes_later_is_used_from_then_on(serve):
    port = free_port()
    api = serve(env=env_of(f"http://127.0.0.1:{port}")).api
    api.await_ready(parts=("store", "embedding"))
    api.add(*FILES)
    assert api.retrieve(QUESTION)["notes"], "nothing is reranked, and the answer says so"
    assert not api.get("/api/ready").json["parts"]["reranker"]["ok"]
    server = RerankServer(port=port)
    try:
        api.await_ready()
        assert api.retrieve(QUESTION)["results"][0]["name"] == "zebra.txt"
    finally:
        server.stop()


def test_the_key_is_not_shown():
    done = docmind("config", env=env_of("http://127.0.0.1:9"), check=0)
    assert "canary-key" not in done.stdout and "reranker.base_url" in done.stdout
