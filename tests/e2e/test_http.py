"""The interface as such: errors, hosts, origins, limits, health, metrics."""

import http.client
import json
import re
import socket

import pytest
from docmind_process import docmind
from test_documents import problem


def raw(api, request, timeout=20):
    """Bytes out, bytes back until the server closes."""
    with socket.create_connection((api.host, api.port), timeout=timeout) as s:
        s.sendall(request)
        received = b""
        try:
            while chunk := s.recv(65536):
                received += chunk
        except (ConnectionResetError, TimeoutError):
            pass
    return received


def status_of(received):
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.1") else None


def test_health_ready_and_the_page(api):
    assert api.get("/api/health").json["status"] == "ok"
    ready = api.get("/api/ready")
    assert ready.status == 200 and set(ready.json["parts"]) >= {"store", "embedding", "reranker", "llm"}
    page = api.get("/")
    assert page.status == 200 and b"<title>DocMind" in page.body
    for asset in ("/app.js", "/app.css"):
        assert api.get(asset).status == 200


def test_every_answer_carries_the_security_headers_and_an_id(api):
    for path in ("/", "/app.js", "/api/health", "/api/documents", "/api/nowhere", "/nowhere"):
        headers = api.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"] and "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-request-id"]


def test_unknown_paths_and_wrong_methods_are_problems(api):
    problem(api.get("/api/nowhere"), 404, "not_found")
    wrong = api.call("PUT", "/api/documents", body=b"{}", headers={"Content-Type": "application/json"})
    problem(wrong, 405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"] and "POST" in wrong.headers["allow"]


@pytest.mark.parametrize("body", [b"{", b"", b'{"query": 5}', b"[]", b'{"query": "\xff"}', b"[" * 10_000, b'{"query":"x","top_k":1e999}', b'{"query":"x","mode":"magic"}', b'{"query":"x","top_k":-1}', b'{"query":""}'])
def test_malformed_json_is_a_400_and_the_server_goes_on(api, body):
    problem(api.post("/api/retrieve", body, headers={"Content-Type": "application/json"}), 400, "invalid_argument")
    assert api.get("/api/health").status == 200


def test_a_body_that_is_no_json_is_a_415(api):
    problem(api.post("/api/retrieve", b"query=x", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)
    problem(api.post("/api/retrieve", b"{}", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}), 415)


def test_a_question_of_100000_characters_is_refused_with_the_limit(api):
    body = problem(api.post("/api/chat", {"message": "why " * 25_000}), 413, "too_large")
    assert re.search(r"\d", body["detail"])
    problem(api.post("/api/chat", {"message": "   "}), 400, "invalid_argument")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.", ""])
def test_a_foreign_host_is_forbidden(api, host):
    assert status_of(raw(api, f"GET /api/documents HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())) in (400, 403)
    assert status_of(raw(api, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())) in (400, 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_a_foreign_origin_may_neither_change_nor_stream(api, origin):
    for method, path, body in (("POST", "/api/chat", {"message": "x"}), ("POST", "/api/documents?filename=a.txt", b"x"), ("DELETE", "/api/documents/x", None), ("GET", "/api/events", None)):
        assert api.call(method, path, body=body, headers={"Origin": origin}).status == 403, path


def test_a_simple_cross_site_form_is_refused(api):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = api.post("/api/documents?filename=a.txt", b"x", headers={"Content-Type": content_type, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
        assert answer.status in (403, 415)


def test_no_answer_allows_another_origin(api):
    answer = api.call("OPTIONS", "/api/documents", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert not any(name.startswith("access-control-allow") for name in answer.headers)


@pytest.mark.parametrize(
    "request_bytes, expected",
    [
        (b"GET / HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: H\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", {400}),
        (b"POST / HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked, identity\r\n\r\n", {400, 501}),
        (b"GET / HTTP/1.1\r\nHost: H\r\nX: a\r\n b\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: H\r\nX : a\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: H\r\nX: a\0b\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: H\r\nHost: H\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: H\r\nX: " + b"a" * 9000 + b"\r\n\r\n", {431}),
        (b"GET / HTTP/1.1\r\nHost: H\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(101)) + b"\r\n", {431}),
        (b"GET /" + b"a" * 8300 + b" HTTP/1.1\r\nHost: H\r\n\r\n", {414, 431}),
        (b"NONSENSE\r\n\r\n", {400}),
    ],
)
def test_ambiguous_or_oversized_heads_are_refused_and_closed(api, request_bytes, expected):
    received = raw(api, request_bytes.replace(b"Host: H", f"Host: {api.host}:{api.port}".encode()))
    assert status_of(received) in expected, received[:200]


def test_expect_continue_is_answered_only_when_the_body_may_come(serve):
    api = serve(env={"DOCMIND__SERVER__MAX_UPLOAD_BYTES": "1000"}).api
    head = f"POST /api/documents?filename=a.txt HTTP/1.1\r\nHost: {api.host}:{api.port}\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n"
    assert status_of(raw(api, head.encode())) in (413, 417)


def test_a_token_guards_everything_but_the_page(serve):
    api = serve(env={"DOCMIND__SERVER__TOKEN": "canary-token"}).api
    for path in ("/api/documents", "/api/events", "/metrics", "/api/sessions"):
        problem(api.get(path), 401, "unauthorized")
        problem(api.get(path, headers={"Authorization": "Bearer wrong"}), 401, "unauthorized")
    assert api.get("/api/documents", headers={"Authorization": "Bearer canary-token"}).status == 200
    assert api.get("/").status == 200
    assert api.get("/api/documents?token=canary-token").status == 401


def test_listening_beyond_loopback_needs_a_token(tmp_path):
    done = docmind("serve", "--data", tmp_path / "d", "--listen", "0.0.0.0:0", timeout=30)
    assert done.returncode != 0 and "token" in done.stderr


def test_metrics_are_prometheus_text(api):
    api.get("/api/health")
    answer = api.get("/metrics")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
    text = answer.body.decode()
    for name in ("http_request", "loop_lag", "ingestion_queue"):
        assert name in text
    assert all(re.match(r"^(#.*|[a-zA-Z_:][\w:]*(\{.*\})? [-+\dNI].*|)$", line) for line in text.splitlines())


def test_keep_alive_serves_one_request_after_another(api):
    connection = http.client.HTTPConnection(api.host, api.port, timeout=10)
    for _ in range(50):
        connection.request("GET", "/api/health")
        assert json.loads(connection.getresponse().read())["status"] == "ok"
    connection.close()


def test_sigterm_ends_open_streams_and_exits_0(serve):
    server = serve()
    connection = server.api.connect()
    connection.request("GET", "/api/events")
    response = connection.getresponse()
    response.readline()
    assert server.stop(timeout=15) == 0
    response.read()  # ended, not cut off
