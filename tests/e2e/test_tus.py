"""Uploads that can be resumed (tus 1.0.0): every status of the protocol, and no acknowledged byte lost or doubled, kill -9 included."""

import base64
import hashlib
import http.client
import os
import random
import socket
import sys
import threading
import time

import pytest
from docmind_process import Server
from test_documents import problem

TUS = {"Tus-Resumable": "1.0.0"}
NO_MODEL = {"DOCMIND__LLM__ENABLED": "false"}
PIECE = "application/offset+octet-stream"
CYCLES = int(os.environ.get("DOCMIND_KILL_CYCLES", "8"))


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def create(api, length, name="notes.txt", body=None, **headers):
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {b64(name)},filetype {b64('text/plain')}", **headers}
    return api.post("/api/uploads", body, headers=headers)


def created(api, length, name="notes.txt"):
    answer = create(api, length, name)
    assert answer.status == 201 and answer.headers["upload-expires"] and answer.headers["tus-resumable"] == "1.0.0", answer
    return answer.headers["location"]


def patch(api, url, offset, body, **headers):
    return api.call("PATCH", url, body=body, headers={**TUS, "Content-Type": PIECE, "Upload-Offset": str(offset), **headers})


def head(api, url):
    answer = api.call("HEAD", url, headers=TUS)
    assert answer.status == 200 and answer.body == b"" and answer.headers["cache-control"] == "no-store", answer
    return answer.headers


def offset_of(api, url):
    return int(head(api, url)["upload-offset"])


def content(size, seed=0):
    """Text, so that it becomes a document; different for every seed."""
    source = random.Random(seed)
    line = " ".join(f"word{source.randrange(5000)}" for _ in range(12)) + ".\n"
    return (f"Document {seed}. " + line * (size // len(line) + 1)).encode()[:size]


def send_half(api, url, offset, half, announced):
    """A PATCH whose body stops after `half`; the socket, still open."""
    s = socket.create_connection((api.host, api.port), timeout=30)
    s.sendall(f"PATCH {url} HTTP/1.1\r\nHost: {api.host}:{api.port}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: {PIECE}\r\nContent-Length: {announced}\r\n\r\n".encode())
    s.sendall(half)
    return s


def await_that(condition, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def await_locked(api, url):
    """Waits until a piece is on its way. Asks with an offset that is never right, so that the asking itself is no piece."""
    await_that(lambda: patch(api, url, 1, b"").status == 423)


def finished(api, url, data):
    """Checks that the upload became the document with exactly these bytes; its id."""
    headers = await_that(lambda: (h := head(api, url)).get("x-document-id") and h)
    assert int(headers["upload-offset"]) == int(headers["upload-length"]) == len(data)
    ident = headers["x-document-id"]
    record = api.document(ident)
    assert record["sha256"] == hashlib.sha256(data).hexdigest() and record["bytes"] == len(data)
    assert api.get(f"/api/documents/{ident}/content").body == data
    return ident


def test_what_the_server_can_do_is_told(api):
    for path in ("/api/uploads", "/api/uploads/any"):
        answer = api.call("OPTIONS", path)
        assert answer.status == 204
        assert answer.headers["tus-version"] == "1.0.0" and int(answer.headers["tus-max-size"]) == 2 << 30
        assert set(answer.headers["tus-extension"].split(",")) == {"creation", "creation-with-upload", "checksum", "termination", "expiration"}
        assert set(answer.headers["tus-checksum-algorithm"].split(",")) == {"sha1", "sha256"}
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_pieces_become_a_searchable_document(api):
    data = b"The aardwolf eats termites. " * 400
    url = created(api, len(data), "aardwolf.txt")
    at = 0
    for size in (1, 4000, 0, 3000, len(data) - 7001):
        answer = patch(api, url, at, data[at : at + size])
        at += size
        assert answer.status == 204 and int(answer.headers["upload-offset"]) == at == offset_of(api, url)
    ident = finished(api, url, data)
    assert answer.headers["x-document-id"] == ident and answer.headers["location"] == f"/api/documents/{ident}"
    record = api.await_done(ident)
    assert record["status"] == "ready" and record["name"] == "aardwolf.txt"
    assert api.retrieve("What does the aardwolf eat?")["results"][0]["document_id"] == ident
    told = api.get(url)
    assert told.status == 200 and told.json["upload"] == url.rsplit("/", 1)[1] and told.json["document"] == ident
    assert told.json["offset"] == told.json["length"] == len(data) and told.json["error"] is None
    # The client whose last answer was lost sends nothing twice, whatever it tries.
    assert patch(api, url, 0, data).status == 409
    again = patch(api, url, len(data), b"")
    assert again.status == 204 and again.headers["x-document-id"] == ident
    assert patch(api, url, len(data), b"more").status == 413


def test_metadata_comes_back_as_it_was_sent(api):
    sent = f"filename {b64('ü.txt')},mine {b64('anything')},flag"
    url = create(api, 5, **{"Upload-Metadata": sent}).headers["location"]
    assert head(api, url)["upload-metadata"] == sent
    assert int(head(api, url)["upload-length"]) == 5


def test_the_first_piece_may_come_with_the_creation(api):
    data = content(5000, 1)
    answer = create(api, len(data), body=data[:3000], **{"Content-Type": PIECE})
    assert answer.status == 201 and answer.headers["upload-offset"] == "3000"
    url = answer.headers["location"]
    assert patch(api, url, 3000, data[3000:]).status == 204
    finished(api, url, data)
    data = content(5000, 2)
    answer = create(api, len(data), body=data, **{"Content-Type": PIECE})
    assert answer.status == 201 and answer.headers["x-document-id"] == finished(api, answer.headers["location"], data)


def test_equal_bytes_are_one_document(api):
    data = content(3000, 3)
    [record] = api.add(("as-a-whole.txt", data))
    url = created(api, len(data))
    assert patch(api, url, 0, data).headers["x-document-id"] == record["id"]
    assert api.get(url).json["duplicate"] is True


def test_a_wrong_offset_and_a_replayed_piece_are_conflicts(api):
    data = content(6000, 4)
    url = created(api, len(data))
    problem(patch(api, url, 10, data[10:]), 409, "conflict")
    assert patch(api, url, 0, data[:3000]).status == 204
    for offset in (0, 2999, 3001):
        problem(patch(api, url, offset, data[:2000]), 409, "conflict")
    assert offset_of(api, url) == 3000
    assert patch(api, url, 3000, data[3000:]).status == 204
    finished(api, url, data)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_a_wrong_checksum_is_discarded(api, algorithm):
    data = content(6000, algorithm)
    url = created(api, len(data))
    assert patch(api, url, 0, data[:1000]).status == 204
    digest = b64(hashlib.new(algorithm, data[1000:]).digest())
    answer = patch(api, url, 1000, data[1000:-1] + b"X", **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert answer.status == 460 and answer.headers["upload-offset"] == "1000" and answer.headers["tus-resumable"] == "1.0.0"
    assert offset_of(api, url) == 1000
    assert patch(api, url, 1000, data[1000:], **{"Upload-Checksum": f"{algorithm} {digest}"}).status == 204
    finished(api, url, data)


def test_a_checked_piece_that_is_cut_off_leaves_nothing(api):
    data = content(200_000, 5)
    url = created(api, len(data))
    s = socket.create_connection((api.host, api.port), timeout=30)
    s.sendall(f"PATCH {url} HTTP/1.1\r\nHost: {api.host}:{api.port}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nUpload-Checksum: sha1 {b64(hashlib.sha1(data).digest())}\r\nContent-Type: {PIECE}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data[:100_000])
    time.sleep(0.3)
    s.close()
    await_that(lambda: patch(api, url, 0, b"").status == 204)
    assert offset_of(api, url) == 0


def test_malformed_requests_say_what_is_wrong(api):
    url = created(api, 10)
    for headers in ({}, {"Tus-Resumable": "0.2.2"}):
        for answer in (api.post("/api/uploads", headers={**headers, "Upload-Length": "5"}), api.call("PATCH", url, body=b"x", headers={**headers, "Upload-Offset": "0", "Content-Type": PIECE}), api.delete(url, headers=headers)):
            problem(answer, 412)
            assert answer.headers["tus-version"] == "1.0.0" and answer.headers["tus-resumable"] == "1.0.0"
        assert api.call("HEAD", url, headers=headers).status == 412
    for content_type in ("application/octet-stream", "text/plain", "multipart/form-data; boundary=x"):
        problem(patch(api, url, 0, b"x", **{"Content-Type": content_type}), 415)
    problem(create(api, 10, body=b"x", **{"Content-Type": "text/plain"}), 415)
    for bad in ("", "-1", "x", "1.5", "99999999999999999999999"):
        problem(patch(api, url, bad, b"x"), 400, "invalid_argument")
        problem(create(api, bad), 400, "invalid_argument")
    problem(api.post("/api/uploads", headers=TUS), 400, "invalid_argument")
    problem(create(api, 10, **{"Upload-Defer-Length": "1"}), 400, "invalid_argument")
    problem(create(api, 10, **{"Upload-Concat": "partial"}), 400, "invalid_argument")
    problem(create(api, 10, **{"Upload-Metadata": "filename not-base64!"}), 400, "invalid_argument")
    for bad in ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1 short", "sha1"):
        problem(patch(api, url, 0, b"x", **{"Upload-Checksum": bad}), 400, "invalid_argument")
    assert offset_of(api, url) == 0


def test_an_empty_upload_is_refused_as_an_empty_file_is(api):
    problem(create(api, 0), 400, "empty_document")


def test_more_bytes_than_announced_are_refused(api):
    url = created(api, 10)
    problem(patch(api, url, 0, b"x" * 11), 413, "too_large")
    # Without a Content-Length too.
    connection = api.connect()
    connection.request("PATCH", url, body=iter([b"12345", b"678901234"]), headers={**TUS, "Content-Type": PIECE, "Upload-Offset": "0"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    assert await_that(lambda: api.get(url).json["offset"] <= 10)
    assert api.get(url).json["document"] is None


def test_limits(serve):
    api = serve(env={"DOCMIND__SERVER__MAX_UPLOAD_BYTES": "100000", "DOCMIND__SERVER__MAX_UNFINISHED_UPLOADS": "3", "DOCMIND__SERVER__MAX_UNFINISHED_UPLOAD_BYTES": "150000"}).api
    assert api.call("OPTIONS", "/api/uploads").headers["tus-max-size"] == "100000"
    body = problem(create(api, 100_001), 413, "too_large")
    assert "100000" in body["detail"] and "server.max_upload_bytes" in body["detail"]
    urls = [created(api, 100_000)]
    body = problem(create(api, 60_000), 429, "overloaded")
    assert "150000" in body["detail"]
    urls += [created(api, 10), created(api, 10)]
    answer = create(api, 10)
    assert "server.max_unfinished_uploads" in problem(answer, 429, "overloaded")["detail"] and answer.headers["retry-after"]
    assert api.delete(urls[0], headers=TUS).status == 204
    created(api, 10)


def test_a_removed_upload_is_gone_with_its_bytes(serve):
    server = serve()
    api, folder = server.api, server.data / "uploads"
    url = created(api, 100)
    assert patch(api, url, 0, b"x" * 50).status == 204
    assert len(list(folder.iterdir())) == 2 and folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    assert api.delete(url, headers=TUS).status == 204
    assert list(folder.iterdir()) == []
    for answer in (api.call("HEAD", url, headers=TUS), patch(api, url, 50, b"x"), api.delete(url, headers=TUS), api.get(url)):
        assert answer.status in (404, 410) and "upload-offset" not in answer.headers and answer.headers["tus-resumable"] == "1.0.0"


def test_a_document_outlives_its_upload(api):
    data = content(2000, 6)
    url = created(api, len(data))
    ident = patch(api, url, 0, data).headers["x-document-id"]
    assert api.delete(url, headers=TUS).status == 204
    assert api.get(f"/api/documents/{ident}/content").body == data


@pytest.mark.parametrize("ident", ["nope", "..", "..%2f..%2fdocmind.db", "%252e%252e", "a" * 3000, "0'%20OR%201=1", "x.state"])
def test_unknown_and_hostile_ids_are_not_found(api, ident):
    url = f"/api/uploads/{ident}"
    for answer in (api.call("HEAD", url, headers=TUS), patch(api, url, 0, b"x"), api.delete(url, headers=TUS), api.get(url)):
        assert answer.status in (400, 404), answer


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "a\u202etxt.exe", "new\nline.txt\noffset 5", "...", "", "ü" * 1000])
def test_hostile_names_are_only_shown(api, name):
    data = f"The resumable content behind the name {name!r}.".encode()
    url = created(api, len(data), name)
    assert patch(api, url, 0, data[:10]).status == 204
    record = api.document(patch(api, url, 10, data[10:]).headers["x-document-id"])
    shown = record["name"]
    assert shown and "/" not in shown and "\\" not in shown and "\n" not in shown and "\u202e" not in shown and len(shown.encode()) <= 1024


def test_other_sites_and_the_token_are_as_everywhere(api, serve):
    for method, path in (("POST", "/api/uploads"), ("PATCH", "/api/uploads/x"), ("DELETE", "/api/uploads/x"), ("GET", "/api/uploads/x"), ("OPTIONS", "/api/uploads")):
        answer = api.call(method, path, headers={**TUS, "Origin": "https://evil.example"})
        assert answer.status == 403 and not any(name.startswith("access-control") for name in answer.headers)
    guarded = serve(env={"DOCMIND__SERVER__TOKEN": "canary-token"}).api
    problem(create(guarded, 10), 401, "unauthorized")
    assert create(guarded, 10, Authorization="Bearer canary-token").status == 201


def test_post_stands_in_for_methods_a_client_cannot_send(api):
    url = created(api, 10)
    answer = api.post(url, b"12345", headers={**TUS, "Content-Type": PIECE, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"})
    assert answer.status == 204 and answer.headers["upload-offset"] == "5"
    problem(api.post(url, headers=TUS), 405)
    assert api.post(url, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status == 204
    assert api.get(url).status == 404


def test_one_piece_at_a_time(api):
    data = content(100_000, 7)
    url = created(api, len(data))
    first = send_half(api, url, 0, data[:50_000], len(data))
    await_locked(api, url)
    problem(patch(api, url, 0, data), 423, "conflict")
    first.sendall(data[50_000:])
    assert first.recv(1000).startswith(b"HTTP/1.1 204")
    first.close()
    finished(api, url, data)


def test_many_pieces_at_once_are_taken_one_after_another(api):
    data = content(400_000, 8)
    url = created(api, len(data))
    statuses = []

    def push():
        for _ in range(400):
            at = offset_of(api, url)
            if at == len(data):
                return
            statuses.append(patch(api, url, at, data[at : at + 20_000]).status)

    threads = [threading.Thread(target=push) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {204, 409, 423} and statuses.count(204) >= 20
    finished(api, url, data)


def test_removing_ends_a_piece_that_is_on_its_way(api):
    url = created(api, 100_000)
    first = send_half(api, url, 0, b"x" * 10_000, 100_000)
    await_locked(api, url)
    assert api.delete(url, headers=TUS).status == 204
    first.sendall(b"x" * 90_000)
    assert first.recv(1000).startswith(b"HTTP/1.1 404")
    first.close()
    assert api.get(url).status == 404


def test_a_broken_connection_keeps_what_came(api):
    data = content(3_000_000, 9)
    url = created(api, len(data))
    at, cuts, source = 0, 0, random.Random(9)
    while at < len(data):
        end = min(len(data), at + source.randrange(1, 700_000))
        s = send_half(api, url, at, data[at:end], len(data) - at)
        if end < len(data):
            time.sleep(0.05)
            s.close()
            cuts += 1
            await_that(lambda: patch(api, url, (now := offset_of(api, url)), b"").status == 204)  # noqa: B023
            assert at <= offset_of(api, url) <= end
            at = offset_of(api, url)
        else:
            assert s.recv(1000).startswith(b"HTTP/1.1 204")
            s.close()
            break
    assert cuts > 2
    finished(api, url, data)


def test_a_stale_upload_is_removed(serve):
    server = serve(env={"DOCMIND__SERVER__UPLOAD_EXPIRY_HOURS": "0.0003"})  # a second
    url = created(server.api, 100)
    assert patch(server.api, url, 0, b"x").status == 204
    time.sleep(1.1)
    assert server.stop() == 0
    server.start()
    await_that(lambda: server.api.call("HEAD", url, headers=TUS).status == 404)
    await_that(lambda: list((server.data / "uploads").iterdir()) == [])


def test_kill_9_in_the_middle_of_pieces_loses_and_doubles_nothing(tmp_path):
    seed = int(os.environ.get("DOCMIND_SEED", time.time()))
    print(f"DOCMIND_SEED={seed}", file=sys.stderr)
    source = random.Random(seed)
    server = Server(tmp_path / "data", NO_MODEL).start()
    uploads = []  # (url, bytes); the last one is under way
    promised = 0

    def push(api, url, data):
        nonlocal promised
        try:
            while True:
                at = int(api.call("HEAD", url, headers=TUS).headers["upload-offset"])
                promised = max(promised, at)
                if at == len(data):
                    return
                # Sometimes all that is left in one piece, sometimes a little of it.
                size = source.choice((10_000, 1_000_000, len(data)))
                answer = patch(api, url, at, data[at : at + size])
                if answer.status == 204:
                    promised = max(promised, int(answer.headers["upload-offset"]))
        except (OSError, http.client.HTTPException):
            return  # killed

    for _ in range(CYCLES):
        if not uploads or promised == len(uploads[-1][1]):
            data = content(30_000_000, seed + len(uploads))
            uploads.append((created(server.api, len(data)), data))
            promised = 0
        thread = threading.Thread(target=push, args=(server.api, *uploads[-1]))
        thread.start()
        time.sleep(source.uniform(0.01, 0.3))
        server.kill()
        thread.join()
        server = Server(tmp_path / "data", NO_MODEL).start()
        assert offset_of(server.api, uploads[-1][0]) >= promised
        promised = offset_of(server.api, uploads[-1][0])
    try:
        url, data = uploads[-1]
        if promised < len(data):
            assert patch(server.api, url, promised, data[promised:]).status == 204
        for url, data in uploads:
            finished(server.api, url, data)
        # Of each upload one document, one file with its bytes, and what is remembered of it.
        assert sorted(d["sha256"] for d in server.api.documents()) == sorted(hashlib.sha256(data).hexdigest() for _, data in uploads)
        for folder in ("uploads", "blobs"):
            assert len(list((server.data / folder).iterdir())) == len(uploads)
    finally:
        assert server.stop() == 0


def test_a_finished_upload_is_remembered_over_a_restart(serve):
    server = serve()
    data = content(2000, 10)
    url = created(server.api, len(data))
    ident = patch(server.api, url, 0, data).headers["x-document-id"]
    server.kill()
    server.start()
    assert finished(server.api, url, data) == ident
