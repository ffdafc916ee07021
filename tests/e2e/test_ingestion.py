"""Ingestion from outside: every format, jobs that are paused and preferred, new versions of a file, folders that are followed, limits."""

import io
import os
import signal
import subprocess
import tarfile
import time
import urllib.parse
import zipfile
from pathlib import Path

import pytest

from docmind_process import BIN, Server

CORPUS = Path(__file__).resolve().parents[1] / "data" / "corpus"
NO_MODEL = {"DOCMIND__LLM__ENABLED": "false"}


def text_of(api, record):
    return "\n".join(api.get(f"/api/documents/{record['id']}/pages/{n}").json["text"] for n in range(1, record["pages"] + 1))


def until(condition, timeout=60):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def put(api, path, content):
    """What `docmind ingest PATH` sends to a server."""
    source = urllib.parse.quote(str(path), safe="")
    answer = api.post(f"/api/documents?filename={urllib.parse.quote(path.name)}&source={source}", content, headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 202, answer.body
    return answer.json["documents"][0]


SAMPLES = [p for p in sorted(CORPUS.rglob("*")) if p.is_file() and not (p.suffix == ".txt" and p.parent.name != "text")]


def test_every_file_of_the_corpus_is_read_whatever_its_name(api):
    files = [(f"nameless-{i}", p.read_bytes()) if p.parent.name != "text" else (p.name, p.read_bytes()) for i, p in enumerate(SAMPLES)]
    records = api.add(*files, timeout=300)
    failed = {p.name: r["error"] for p, r in zip(SAMPLES, records) if r["status"] != "ready"}
    assert not failed
    by_name = {p.name: r for p, r in zip(SAMPLES, records)}
    assert by_name["report.docx"]["media_type"] == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    for name in ("sheet.xlsx", "sheet.ods", "report.docx", "ships.csv", "keeper.html"):
        assert "| --- |" in text_of(api, by_name[name]), name
    scan = by_name["scan.pdf"]
    assert text_of(api, scan).split() and scan["metadata"].get("ocr", "").startswith("tesseract")


def test_a_scan_is_found_by_what_is_written_on_it(api):
    [record] = api.add(CORPUS / "pdf" / "scan.png")
    assert record["status"] == "ready", record["error"]
    words = text_of(api, record).split()
    found = api.retrieve(" ".join(words[10:25]), document_ids=[record["id"]])["results"]
    assert found and found[0]["document_id"] == record["id"]
    boxes = api.get(f"/api/documents/{record['id']}/pages/1").json["words"]
    assert len(boxes) > len(words) / 2


def zip_of(files, compression=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def test_an_archive_is_one_document_whose_passages_say_which_file_they_are_from(api):
    [record] = api.add(("box.bin", zip_of([("letters/first.txt", "The harbour was closed in March."), ("second.md", "# Title\n\nThe ferry left at noon.")])))
    assert record["status"] == "ready" and record["pages"] == 2 and record["media_type"] == "application/zip"
    text = text_of(api, record)
    assert "The harbour was closed in March." in text and "The ferry left at noon." in text
    nodes = api.get(f"/api/documents/{record['id']}/nodes").json["nodes"]
    assert any("letters/first.txt" in n["section"] for n in nodes)


@pytest.mark.parametrize(
    "settings, name, content, setting",
    [
        ({"MAX_PAGES": "3"}, "pages.txt", b"one\x0ctwo\x0cthree\x0cfour", "ingestion.max_pages"),
        ({"MAX_ARCHIVE_ENTRIES": "2"}, "a.zip", zip_of([(f"{i}.txt", "x") for i in range(3)]), "ingestion.max_archive_entries"),
        ({"MAX_EXPANDED_BYTES": "100000"}, "a.zip", zip_of([("a.txt", os.urandom(60000).hex())]), "ingestion.max_expanded_bytes"),
        ({"MAX_EXPANSION_RATIO": "10"}, "a.zip", zip_of([("a.txt", "a" * 3_000_000)]), "ingestion.max_expansion_ratio"),
        ({"MAX_ARCHIVE_DEPTH": "1"}, "a.zip", zip_of([("b.zip", zip_of([("c.txt", "deep")]))]), "ingestion.max_archive_depth"),
        ({"MAX_CELLS": "10"}, "a.csv", b"a,b,c\n" * 20, "ingestion.max_cells"),
        ({"MAX_IMAGE_PIXELS": "10000"}, "scan.png", (CORPUS / "pdf" / "scan.png").read_bytes(), "ingestion.max_image_pixels"),
    ],
)
def test_a_passed_limit_is_an_error_that_names_its_setting(tmp_path, settings, name, content, setting):
    server = Server(tmp_path / "data", {**NO_MODEL, **{f"DOCMIND__INGESTION__{k}": v for k, v in settings.items()}}).start()
    try:
        server.api.await_ready(parts=("store", "embedding"))
        [record] = server.api.add((name, content))
        assert record["status"] == "failed", record
        # Of an archive whose files cannot be read, the reason of each is told in the metadata or in the error.
        assert setting in record["error"], record["error"]
    finally:
        server.stop()


def test_a_paused_document_waits_also_over_a_restart_and_the_rest_goes_on(tmp_path):
    server = Server(tmp_path / "data", NO_MODEL).start()
    try:
        api = server.api
        assert api.post("/api/ingestion/pause", {}).json["paused"] is True
        one, two = (d["id"] for d in api.upload(("one.txt", b"The first waits."), ("two.txt", b"The second goes on.")).json["documents"])
        assert api.post(f"/api/documents/{one}/pause", {}).json["paused"] is True
        overview = api.get("/api/ingestion").json
        assert overview["documents"]["queued"] == 1 and overview["documents"]["paused"] == 1 and overview["progress"] < 1
        server.kill()
        server = Server(tmp_path / "data", NO_MODEL).start()
        api = server.api
        api.await_ready(parts=("store", "embedding"))
        until(lambda: api.get("/api/ingestion").json["paused"])
        assert api.document(two)["status"] == "queued"
        assert api.post("/api/ingestion/resume", {}).json["paused"] is False
        assert api.await_done(two)["status"] == "ready"
        assert api.document(one)["status"] == "queued" and api.document(one)["paused"] is True
        api.post(f"/api/documents/{one}/resume", {})
        assert api.await_done(one)["status"] == "ready"
    finally:
        server.stop()


def test_the_preferred_document_goes_first_and_pausing_all_takes_effect_at_once(api, tmp_path):
    api.post("/api/ingestion/pause", {})
    try:
        words = " ".join(f"word{i}" for i in range(2500))
        ids = [api.upload((f"{i}.txt", f"{i} {words}".encode())).json["documents"][0]["id"] for i in range(12)]
        answer = api.call("PATCH", f"/api/documents/{ids[-1]}", {"priority": 5})
        assert answer.status == 200 and answer.json["priority"] == 5
        api.post("/api/ingestion/resume", {})
        until(lambda: api.document(ids[-1])["status"] != "queued")
        assert sum(api.document(i)["status"] == "queued" for i in ids) >= 3
        begin = time.monotonic()
        assert api.post("/api/ingestion/pause", {}).json["documents"]["processing"] == 0
        assert time.monotonic() - begin < 5  # under a second on an idle machine
    finally:
        api.post("/api/ingestion/resume", {})
        for ident in ids:
            api.delete(f"/api/documents/{ident}")


def test_a_changed_file_is_a_new_version_and_the_old_is_searchable_until_then(api, tmp_path):
    path = tmp_path / "notes.txt"
    first = put(api, path, b"The zebra sleeps under the acacia tree.")
    assert api.await_done(first["id"])["status"] == "ready"
    api.post("/api/ingestion/pause", {})
    try:
        second = put(api, path, b"The giraffe eats from the acacia tree.")
        assert second["id"] == first["id"] and not second["duplicate"]
        assert any("zebra" in r["text"] for r in api.retrieve("zebra acacia", document_ids=[first["id"]])["results"])
    finally:
        api.post("/api/ingestion/resume", {})
    until(lambda: api.document(first["id"])["status"] == "ready")
    found = api.retrieve("acacia", document_ids=[first["id"]])["results"]
    assert found and all("giraffe" in r["text"] for r in found)
    assert put(api, path, b"The giraffe eats from the acacia tree.")["duplicate"]


def test_what_was_read_and_embedded_is_not_read_and_embedded_again(api):
    words = " ".join(f"sentence number {i} of the long text." for i in range(500))
    [record] = api.add(("long.txt", words.encode()))
    begin = time.monotonic()
    api.post(f"/api/documents/{record['id']}/reprocess", {})
    assert api.await_done(record["id"])["status"] == "ready"
    again = time.monotonic() - begin
    begin = time.monotonic()
    api.add(("other.txt", words.replace("sentence", "phrase").encode()))
    assert again < (time.monotonic() - begin) / 3


def test_a_followed_folder_keeps_the_library_in_step(tmp_path):
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.txt").write_text("The lighthouse was built in 1884.")
    server = Server(tmp_path / "data", {**NO_MODEL, "DOCMIND__INGESTION__WATCH": str(folder)}).start()
    try:
        api = server.api

        def names():
            return sorted(d["name"] for d in api.documents() if d["status"] == "ready")

        until(lambda: names() == ["one.txt"])
        (folder / "deep" / "two.txt").write_text("The keeper kept a goat.")
        until(lambda: names() == ["one.txt", "two.txt"])
        ident = next(d["id"] for d in api.documents() if d["name"] == "two.txt")
        (folder / "deep" / "two.txt").rename(folder / "three.txt")
        until(lambda: names() == ["one.txt", "three.txt"])
        assert next(d["id"] for d in api.documents() if d["name"] == "three.txt") == ident
        (folder / "three.txt").write_text("The keeper kept two goats and a cow.")
        until(lambda: any("cow" in r["text"] for r in api.retrieve("cow", document_ids=[ident])["results"]))
        (folder / "one.txt").unlink()
        until(lambda: names() == ["three.txt"])
        [watched] = api.get("/api/ingestion").json["watched"]
        assert (watched["folder"], watched["state"], watched["files"], watched["failed"]) == (str(folder), "following", 1, 0)
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("place", [".", "data", "data/blobs"])
def test_a_library_does_not_follow_its_own_data(tmp_path, place):
    (tmp_path / "data" / "blobs").mkdir(parents=True)
    env = {**os.environ, **NO_MODEL, "DOCMIND__INGESTION__WATCH": str(tmp_path / place)}
    done = subprocess.run([BIN, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "ingestion.watch" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("with_server", [False, True])
def test_docmind_ingest_watch_follows_a_folder_until_it_is_told_to_stop(tmp_path, with_server):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "one.txt").write_text("The lighthouse was built in 1884.")
    data = tmp_path / "data"
    server = Server(data, NO_MODEL).start() if with_server else None
    env = {**os.environ, **NO_MODEL}
    watch = subprocess.Popen([BIN, "ingest", "--watch", folder, "--data", data], stderr=subprocess.PIPE, env=env, text=True)
    try:
        seen = []

        def told(word):
            while line := watch.stderr.readline():
                seen.append(line)
                if word in line:
                    return
            raise AssertionError("".join(seen))

        told("1 read")
        (folder / "two.txt").write_text("The keeper kept a goat.")
        told("2 read")
        (folder / "one.txt").unlink()
        told("1 removed")
    finally:
        watch.send_signal(signal.SIGINT)
        assert watch.wait(20) == 0
        if server:
            assert [d["name"] for d in server.api.documents()] == ["two.txt"]
            server.stop()
