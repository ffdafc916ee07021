"""Documents over HTTP: in, followed, looked at, taken out; and everything that is not a document."""

import hashlib
import json
import subprocess
import threading
import time
import urllib.parse

import pytest
from docmind_process import parse_events

MINIMAL_PDF = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[%s]/Count %d>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>endobj
4 0 obj<</Length %d>>stream
%s
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def pdf(text=None, pages=1):
    content = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode() if text else b"0 0 10 10 re f"
    return MINIMAL_PDF % (b"3 0 R" if pages else b"", pages, len(content), content)


def problem(answer, status, code=None):
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json
    assert body["status"] == status and body["title"] and body["detail"] and body["request_id"] == answer.headers["x-request-id"]
    if code:
        assert body["code"] == code
    return body


def test_an_upload_becomes_searchable_and_shows_its_pages(api, r_intro):
    [record] = api.add(r_intro)
    assert record["status"] == "ready" and record["stage"] == "done" and record["progress"] == 1
    assert record["pages"] > 100 and record["nodes"] > record["pages"]
    assert record["sha256"] == hashlib.sha256(r_intro.read_bytes()).hexdigest() and record["bytes"] == r_intro.stat().st_size
    result = api.retrieve("How do I read a CSV file into a data frame?", document_ids=[record["id"]])
    best = result["results"][0]
    page = api.get(f"/api/documents/{record['id']}/pages/{best['page']}").json
    assert best["text"] in page["text"]
    begin, end, x0, y0, x1, y1 = page["words"][0]
    assert page["text"][begin:end].strip() and 0 <= x0 < x1 <= page["width"] and 0 <= y0 < y1 <= page["height"]
    assert {"embed", "dense", "sparse", "fuse", "rerank", "total"} <= set(result["timings_ms"])
    nodes = api.get(f"/api/documents/{record['id']}/nodes").json["nodes"]
    assert nodes[0]["page"] >= 1 and nodes[0]["text"]


def test_the_original_bytes_come_back_as_an_attachment(api):
    content = b"<html><body><h1>Kept</h1><script>alert(1)</script><p>as it was</p></body></html>"
    [record] = api.add(("page.html", content))
    answer = api.get(f"/api/documents/{record['id']}/content")
    assert answer.body == content
    assert answer.headers["content-disposition"].startswith("attachment") and answer.headers["x-content-type-options"] == "nosniff"
    assert "html" not in answer.headers["content-type"]
    assert "alert" not in json.dumps(api.get(f"/api/documents/{record['id']}/pages/1").json)


def test_several_files_in_one_upload_and_the_same_bytes_again(api):
    answer = api.upload(("one.txt", b"The first of two files in one upload."), ("two.txt", b"The second of two files in one upload."))
    assert answer.status == 202 and [d["name"] for d in answer.json["documents"]] == ["one.txt", "two.txt"]
    assert all(not d["duplicate"] and d["id"] and d["job_id"] for d in answer.json["documents"])
    again = api.upload(("other-name.txt", b"The first of two files in one upload.")).json["documents"][0]
    assert again["duplicate"] and again["id"] == answer.json["documents"][0]["id"]


def test_a_hundred_equal_uploads_at_once_make_one_document(api):
    content, ids = b"One document, sent a hundred times at once.", []

    def send():
        ids.append(api.upload(("same.txt", content)).json["documents"][0]["id"])

    threads = [threading.Thread(target=send) for _ in range(100)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(ids) == 100 and len(set(ids)) == 1


def test_a_raw_body_with_a_filename_is_an_upload_too(api):
    answer = api.post("/api/documents?filename=raw%20note.txt", b"A note in a raw body.", headers={"Content-Type": "text/plain"})
    assert answer.status == 202
    record = api.await_done(answer.json["documents"][0]["id"])
    assert record["name"] == "raw note.txt" and record["status"] == "ready"


def test_events_tell_each_stage_and_resume_after_the_last_seen(api):
    connection = api.connect()
    connection.request("GET", "/api/events")
    stream = parse_events(connection.getresponse())
    [record] = [api.upload(("events.txt", b"Something to hear of. " * 400)).json["documents"][0]]
    seen = []
    for event in stream:
        if event.event == "document" and event.json["id"] == record["id"]:
            seen.append(event)
            if event.json["status"] == "ready":
                break
    connection.close()
    stages = [e.json["stage"] for e in seen]
    assert stages[0] == "stored" and stages[-1] == "done" and "embedding" in stages
    progress = [e.json["progress"] for e in seen]
    assert progress == sorted(progress) and progress[-1] == 1
    connection = api.connect()
    connection.request("GET", "/api/events", headers={"Last-Event-ID": seen[-2].id})
    for event in parse_events(connection.getresponse()):
        if event.event == "document":
            assert event.json["id"] == record["id"] and event.json["status"] == "ready"
            break
    connection.close()


def test_a_listener_hears_at_most_ten_events_a_second_and_in_the_end_of_every_document(api):
    begin = time.monotonic()
    connection = api.connect()
    connection.request("GET", "/api/events")
    response = connection.getresponse()
    files = [(f"many-{i}.txt", f"File number {i} of many that are ready at about the same time.".encode()) for i in range(60)]
    ids = {d["id"] for d in api.upload(*files).json["documents"]}
    ready, times, many = set(), [], []
    for event in parse_events(response):
        times.append(time.monotonic())
        if event.event == "system" and event.json["type"] == "documents_changed":
            many.append(event.json["count"])
        if event.event == "document" and event.json["status"] == "ready":
            ready.add(event.json["id"])
        if ids <= ready:
            break
    connection.close()
    assert many and max(many) > 10
    # Ten at once, and ten in every second from then on.
    assert len(times) <= 10 * (times[-1] - begin) + 10


def test_nothing_of_a_deleted_document_is_found(api):
    [record] = api.add(("zebra.txt", b"The quagga was a zebra of the southern plains, extinct since 1883."))
    assert any(r["document_id"] == record["id"] for r in api.retrieve("extinct quagga")["results"])
    assert api.delete(f"/api/documents/{record['id']}").status == 204
    assert all(r["document_id"] != record["id"] for r in api.retrieve("extinct quagga")["results"])
    for path in ("", "/content", "/pages/1", "/nodes"):
        problem(api.get(f"/api/documents/{record['id']}{path}"), 404, "not_found")
    problem(api.delete(f"/api/documents/{record['id']}"), 404, "not_found")


def test_deleting_while_it_is_processed_leaves_nothing(api, r_intro):
    extra = r_intro.read_bytes() + b"\n% another file\n"
    record = api.upload(("intro-again.pdf", extra)).json["documents"][0]
    assert api.delete(f"/api/documents/{record['id']}").status == 204
    problem(api.get(f"/api/documents/{record['id']}"), 404)
    assert all(d["id"] != record["id"] for d in api.documents())


def test_processing_can_be_cancelled_and_taken_up_again(api, r_intro):
    extra = r_intro.read_bytes() + b"\n% a third file\n"
    ident = api.upload(("intro-third.pdf", extra)).json["documents"][0]["id"]
    assert api.post(f"/api/documents/{ident}/cancel").status in (200, 202, 204)
    assert api.document(ident)["status"] == "cancelled"
    problem(api.post(f"/api/documents/{ident}/cancel"), 409, "conflict")
    assert api.post(f"/api/documents/{ident}/reprocess").status in (200, 202)
    assert api.await_done(ident)["status"] == "ready"
    api.delete(f"/api/documents/{ident}")


@pytest.mark.parametrize(
    "name, content, code",
    [
        ("unknown.bin", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 8, "unsupported"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "corrupt"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported"),
        ("no-text.pdf", pdf(), "empty_document"),
        ("no-pages.pdf", pdf(pages=0), "empty_document"),
        ("broken.pdf", b"%PDF-1.7\n" + b"garbage " * 200, "corrupt"),
        ("blank.txt", b"   \n\t \n", "empty_document"),
    ],
)
def test_a_file_without_usable_text_fails_with_what_to_do(api, name, content, code):
    [record] = api.add((name, content))
    assert record["status"] == "failed" and record["error_code"] == code
    assert len(record["error"]) > 20 and record["error"].endswith(".")
    assert api.get("/api/health").status == 200


def test_an_encrypted_pdf_says_so(api, tmp_path):
    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(pdf("A secret."))
    subprocess.run(["qpdf", "--encrypt", "user", "owner", "256", "--", plain, locked], check=False, capture_output=True)
    if not locked.exists():
        pytest.skip("qpdf is missing")
    [record] = api.add(locked)
    assert record["status"] == "failed" and record["error_code"] == "encrypted" and "password" in record["error"]


def test_a_small_pdf_made_by_hand_is_read(api):
    [record] = api.add(("small.pdf", pdf("Aardvarks dig burrows.")))
    assert record["status"] == "ready" and record["pages"] == 1 and record["media_type"] == "application/pdf"
    assert api.retrieve("aardvark")["results"][0]["document_id"] == record["id"]


def test_what_the_bytes_are_counts_not_the_name(api):
    [record] = api.add(("not-a-pdf.pdf", b"Just some plain text in a file that claims to be a PDF."))
    assert record["status"] == "ready" and record["media_type"].startswith("text/")


def test_an_empty_file_is_refused_and_the_other_files_are_kept(api):
    problem(api.upload(("empty.txt", b"")), 400, "empty_document")
    documents = api.upload(("full.txt", b"Not empty at all."), ("empty2.txt", b"")).json["documents"]
    by_name = {d["name"]: d for d in documents}
    assert by_name["full.txt"]["id"] and by_name["empty2.txt"]["status"] == "failed" and by_name["empty2.txt"]["error"]


def test_invalid_utf8_becomes_replacement_characters(api):
    [record] = api.add(("bytes.txt", b"Valid words, then \xff\xfe\xc3( invalid bytes, then more valid words about marmots."))
    assert record["status"] == "ready"
    assert api.retrieve("marmots")["results"][0]["document_id"] == record["id"]


def test_a_file_over_the_limit_is_refused_while_it_is_read(serve):
    small = serve(env={"DOCMIND__SERVER__MAX_UPLOAD_BYTES": "100000"})
    problem(small.api.upload(("big.txt", b"x" * 200_000)), 413, "too_large")
    connection = small.api.connect()
    # Without a Content-Length too.
    connection.putrequest("POST", "/api/documents?filename=big.txt")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Content-Type", "text/plain")
    connection.endheaders()
    try:
        for _ in range(40):
            connection.send(b"2710\r\n" + b"y" * 10_000 + b"\r\n")
        connection.send(b"0\r\n\r\n")
    except OSError:
        pass  # refused and closed before the end
    assert connection.getresponse().status == 413
    assert small.api.documents() == []
    [record] = small.api.add(("fits.txt", b"This one fits."))
    assert record["status"] == "ready"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "CON", "a\u202etxt.exe", "new\nline.txt", "...", "ü" * 1000])
def test_hostile_names_are_only_shown(api, server, name):
    content = f"The content behind the name {name!r}.".encode()
    answer = api.post("/api/documents?filename=" + urllib.parse.quote(name, safe=""), content, headers={"Content-Type": "text/plain"})
    assert answer.status == 202, answer.body
    record = api.await_done(answer.json["documents"][0]["id"])
    shown = record["name"]
    assert shown and "/" not in shown and "\\" not in shown and "\n" not in shown and "\u202e" not in shown and len(shown.encode()) <= 1024
    assert record["status"] == "ready"


@pytest.mark.parametrize("ident", ["nope", "..%2f..%2fetc%2fpasswd", "%252e%252e", "a" * 3000, "%c0%ae%c0%ae", "0'%20OR%201=1"])
def test_unknown_and_hostile_ids_are_not_found(api, ident):
    for path in (f"/api/documents/{ident}", f"/api/documents/{ident}/pages/1", f"/api/documents/{ident}/content", f"/api/sessions/{ident}"):
        answer = api.get(path)
        assert answer.status in (400, 404), (path, answer.status)
        assert answer.json["code"]


def test_a_page_that_is_not_there(api):
    [record] = api.add(("short.txt", b"One page only."))
    for page in ("2", "0", "-1", "x", "99999999999999999999"):
        assert api.get(f"/api/documents/{record['id']}/pages/{page}").status in (400, 404)
