"""`docmind backup` and `docmind restore`: a library that works becomes one file, and a library again, whatever happens meanwhile."""

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time

import pytest
from docmind_process import BIN, Server, docmind

NO_MODEL = {"DOCMIND__LLM__ENABLED": "false"}
CYCLES = int(os.environ.get("DOCMIND_KILL_CYCLES", "8"))
ANIMALS = ["otter", "badger", "heron", "lynx", "marten", "osprey", "pike", "stoat", "vole", "wren"]


def backup(data, *args, check=0, **kw):
    return docmind("backup", "--data", data, *args, env=NO_MODEL, check=check, **kw)


def restore(data, *args, check=0, **kw):
    return docmind("restore", "--data", data, *args, env=NO_MODEL, check=check, **kw)


def listed(data):
    """name -> record, without a server."""
    done = docmind("documents", "list", "--json", "--data", data, env=NO_MODEL, check=0)
    return {d["name"]: d for d in map(json.loads, done.stdout.splitlines())}


def tree(folder):
    """Every file and what it holds; not what a process that reads it leaves."""
    passing = {"lock", "server.json", "docmind.sqlite3-shm", "docmind.sqlite3-wal", "cache.db-wal", "cache.db-shm"}
    files = [p for p in folder.rglob("*") if p.is_file() and p.name not in passing]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def expect_consistent(api):
    """Every original has its hash, every ready document its passages, and what is found is there."""
    documents = {d["id"]: d for d in api.documents()}
    for record in documents.values():
        assert hashlib.sha256(api.get(f"/api/documents/{record['id']}/content").body).hexdigest() == record["sha256"]
        assert api.await_done(record["id"])["status"] == "ready"
        nodes = api.get(f"/api/documents/{record['id']}/nodes?limit=1000").json["nodes"]
        assert len(nodes) == api.document(record["id"])["nodes"] > 0
    for animal in ANIMALS:
        for mode in ("dense", "sparse"):
            for result in api.retrieve(animal, top_k=20, mode=mode, rerank=False)["results"]:
                assert result["document_id"] in documents
    return documents


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """(data directory, its backup): ten documents and nobody who uses them."""
    tmp = tmp_path_factory.mktemp("small")
    server = Server(tmp / "data", NO_MODEL).start()
    server.api.await_ready()
    server.api.add(*[(f"{animal}.txt", f"The {animal} is animal number {i} of this book.".encode()) for i, animal in enumerate(ANIMALS)])
    assert server.stop() == 0
    backup(tmp / "data", tmp / "small.tar")
    return tmp / "data", tmp / "small.tar"


def large_files(count, seed=1):
    """Originals of 1 MB that no reader understands: they are kept all the same."""
    source = random.Random(seed)
    return [(f"large-{i}.bin", source.randbytes(1_000_000)) for i in range(count)]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A server whose library has 60 MB of originals."""
    server = Server(tmp_path_factory.mktemp("large") / "data", NO_MODEL).start()
    server.api.await_ready()  # its memory grows no more
    for file in large_files(60):
        assert server.api.upload(file).status == 202
    yield server
    server.stop()


def test_documents_conversations_settings_and_what_a_search_finds_are_the_same_afterwards(serve, tmp_path, r_intro):
    server = serve("data", env=NO_MODEL)
    server.api.await_ready()
    server.api.add(r_intro, ("otter.txt", b"Otters hold hands while they sleep."))
    _, done = server.api.chat("What do otters do while they sleep?")
    changes = {"retrieval.similarity_top_k": "7", "llm.base_url": "http://127.0.0.1:9/v1", "llm.api_key": "canary-8d1f"}
    assert server.api.call("PUT", "/api/settings", body=changes).status == 200
    queries = ["How do I read a CSV file?", "otters", "arrays and matrices", "data frame", "sleep", "linear model formula"]

    def seen(api):
        sessions = api.get("/api/sessions").json["sessions"]
        found = {(q, m): [(r["node_id"], round(r["score"], 5)) for r in api.retrieve(q, mode=m, rerank=False)["results"]] for q in queries for m in ("hybrid", "dense", "sparse")}
        messages = [api.get(f"/api/sessions/{s['id']}/messages").json for s in sessions]
        settings = {s["key"]: s["value"] for s in api.get("/api/settings").json["settings"] if s["origin"] == "changed" and "api_key" not in s["key"]}
        return api.documents(), sessions, messages, settings, found

    before = seen(server.api)
    assert before[1] and before[3]["retrieval.similarity_top_k"] == "7"
    told = json.loads(backup(tmp_path / "data", tmp_path / "b.tar", "--json").stdout)
    assert (told["documents"], told["sessions"], told["left_out"]) == (2, 1, ["llm.api_key"])
    assert told["archive_bytes"] == (tmp_path / "b.tar").stat().st_size
    assert b"canary-8d1f" not in (tmp_path / "b.tar").read_bytes()
    server.stop()

    with tarfile.open(tmp_path / "b.tar") as archive:  # any program can read it
        manifest = json.load(archive.extractfile("manifest.json"))
        assert manifest["documents"] == 2 and manifest["schema_version"] >= 7 and manifest["created_at"].endswith("Z")
        assert {m["name"] for m in manifest["members"]} | {"manifest.json", "manifest.json.sha256"} == set(archive.getnames())
        for member in manifest["members"]:
            content = archive.extractfile(member["name"]).read()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (member["bytes"], member["sha256"])
    assert json.loads(restore(tmp_path / "other", "--check", "--json", tmp_path / "b.tar").stdout)["restored"] is False
    assert not (tmp_path / "other").exists()
    told = restore(tmp_path / "other", tmp_path / "b.tar").stderr
    assert "2 documents" in told and "1 conversation" in told and "llm.api_key" in told
    assert docmind("doctor", "--data", tmp_path / "other", env=NO_MODEL).returncode == 0
    restored = serve("other", env=NO_MODEL)
    restored.api.await_ready()
    assert seen(restored.api) == before
    expect_originals = {d["sha256"] for d in restored.api.documents()}
    assert {p.name for p in (tmp_path / "other" / "blobs").iterdir()} == expect_originals


def test_a_backup_is_of_one_moment_while_documents_come_and_go(serve, tmp_path):
    server = serve("data", env=NO_MODEL)
    server.api.await_ready()
    stop, failures = threading.Event(), []

    def change(worker):
        source, mine = random.Random(worker), []
        try:
            for number in range(10_000):
                if stop.is_set():
                    return
                text = f"The {source.choice(ANIMALS)} number {worker}-{number} lives here. " * source.randrange(1, 40)
                mine.append(server.api.upload((f"{worker}-{number}.txt", text.encode())).json["documents"][0]["id"])
                if len(mine) > 5:
                    assert server.api.delete(f"/api/documents/{mine.pop(source.randrange(len(mine)))}").status == 204
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    workers = [threading.Thread(target=change, args=(w,)) for w in range(2)]
    for worker in workers:
        worker.start()
    try:
        for number in range(5):
            backup(tmp_path / "data", tmp_path / f"{number}.tar")
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert not failures
    numbers = []
    for number in range(5):
        restore(tmp_path / f"r{number}", tmp_path / f"{number}.tar")
        restored = serve(f"r{number}", env=NO_MODEL)
        restored.api.await_ready()
        documents = expect_consistent(restored.api)
        assert len(documents) == json.loads(restore("nowhere", "--check", "--json", tmp_path / f"{number}.tar").stdout)["documents"]
        assert {p.name for p in (tmp_path / f"r{number}" / "blobs").iterdir()} == {d["sha256"] for d in documents.values()}
        numbers.append(len(documents))
        restored.stop()
    assert max(numbers) > 0
    # What was kept for the backups is not kept any longer.
    wanted = {d["sha256"] for d in server.api.documents()}
    await_that(lambda: {p.name for p in (tmp_path / "data" / "blobs").iterdir()} == wanted)


def await_that(condition, timeout=20):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it does not become true"
        time.sleep(0.05)


class SlowReader:
    """GET /api/backup, of which only the head has been read: the rest waits in the server."""

    def __init__(self, api):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.connect((api.host, api.port))
        self.socket.sendall(f"GET /api/backup HTTP/1.1\r\nHost: {api.host}:{api.port}\r\n\r\n".encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while line := self.stream.readline().strip():
            name, value = line.decode().split(": ", 1)
            self.headers[name.lower()] = value

    def read(self):
        return self.stream.read(int(self.headers["content-length"]))

    def close(self):
        self.stream.close()
        self.socket.close()


def open_backups(api):
    lines = api.get("/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith('docmind_open_streams{kind="backup"}'))


def peak_memory(pid):
    return next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM")) * 1024


def test_what_is_removed_while_it_streams_is_in_it_and_gone_afterwards_and_memory_stays_flat(large):
    before = peak_memory(large.process.pid)
    reader = SlowReader(large.api)
    assert reader.status == 200 and reader.headers["content-type"] == "application/x-tar"
    victims = [d for d in large.api.documents() if d["name"] in ("large-57.bin", "large-58.bin", "large-59.bin")]
    for victim in victims:
        assert large.api.delete(f"/api/documents/{victim['id']}").status == 204
        assert large.api.get(f"/api/documents/{victim['id']}").status == 404
        assert (large.data / "blobs" / victim["sha256"]).exists()
    archive = reader.read()
    assert len(archive) == int(reader.headers["content-length"]) > 60_000_000
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        assert json.load(opened.extractfile("manifest.json"))["documents"] == 60
        for victim in victims:
            assert hashlib.sha256(opened.extractfile("blobs/" + victim["sha256"]).read()).hexdigest() == victim["sha256"]
    reader.close()
    await_that(lambda: not any((large.data / "blobs" / v["sha256"]).exists() for v in victims))
    assert peak_memory(large.process.pid) - before < 30_000_000


def test_closing_the_connection_ends_it_and_there_is_one_at_a_time(large, tmp_path):
    reader = SlowReader(large.api)
    assert open_backups(large.api) == 1
    second = large.api.get("/api/backup")
    assert second.status == 429 and "being made" in second.json["detail"]
    assert "being made" in backup(large.data, tmp_path / "b.tar", check=1).stderr
    reader.close()
    await_that(lambda: open_backups(large.api) == 0)
    assert sorted(p.name for p in large.data.iterdir() if p.name.startswith("backup")) == []
    backup(large.data, tmp_path / "b.tar")
    assert [p.name for p in tmp_path.iterdir()] == ["b.tar"]


def test_who_may_not_read_the_library_may_not_have_a_backup(serve):
    server = serve("data", env={**NO_MODEL, "DOCMIND__SERVER__TOKEN": "token-canary"})
    call = lambda headers: server.api.get("/api/backup", headers=headers).status  # noqa: E731
    right = {"Authorization": "Bearer token-canary"}
    assert call({}) == 401 and call({"Authorization": "Bearer wrong"}) == 401
    assert call({**right, "Host": "evil.example"}) == 403
    assert call({**right, "Origin": "https://evil.example"}) == 403
    assert call({**right, "Sec-Fetch-Site": "cross-site"}) == 403
    assert server.api.call("POST", "/api/backup", headers=right).status == 405
    answer = server.api.get("/api/backup", headers=right)
    assert answer.status == 200 and b"token-canary" not in answer.body


def test_through_pipes_and_over_a_server_the_same_comes_out(small, tmp_path):
    data, _ = small
    command = f"'{BIN}' backup --data '{data}' --json - 2>'{tmp_path}/told' | '{BIN}' restore --data '{tmp_path}/r' --json -"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env={**os.environ, **NO_MODEL})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"] == json.loads((tmp_path / "told").read_text())["documents"] == 10
    assert set(listed(tmp_path / "r")) == {f"{animal}.txt" for animal in ANIMALS}


def test_a_file_that_is_there_is_not_replaced_without_force(small, tmp_path):
    data, _ = small
    (tmp_path / "b.tar").write_text("precious")
    assert "--force" in backup(data, tmp_path / "b.tar", check=1).stderr
    assert (tmp_path / "b.tar").read_text() == "precious"
    backup(data, "--force", tmp_path / "b.tar")
    restore(tmp_path / "unused", "--check", tmp_path / "b.tar")
    assert "no folder" in backup(data, tmp_path / "nowhere" / "b.tar", check=1).stderr
    assert "no library" in backup(tmp_path / "empty", tmp_path / "e.tar", check=1).stderr
    assert not (tmp_path / "empty").exists() and not (tmp_path / "e.tar").exists()


def test_ctrl_c_at_any_moment_leaves_a_whole_file_or_none(large, tmp_path):
    source = random.Random(3)
    for number in range(CYCLES):
        target = tmp_path / f"{number}.tar"
        process = subprocess.Popen([BIN, "backup", "--data", large.data, target], stderr=subprocess.PIPE, env={**os.environ, **NO_MODEL}, text=True)
        time.sleep(source.uniform(0.05, 0.6))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        # -2: before it listened for signals, or when all was done.
        assert process.returncode in (0, 130, -2)
        assert process.returncode == -2 or target.exists() == (process.returncode == 0)
        if target.exists():
            restore(tmp_path / "unused", "--check", target)
    assert {p.suffix for p in tmp_path.iterdir()} <= {".tar"}
    await_that(lambda: open_backups(large.api) == 0)


def test_kill_9_of_a_backup_at_any_moment_leaves_no_half_file_and_the_next_one_works(tmp_path):
    source = random.Random(int(os.environ.get("DOCMIND_SEED", "4")))
    server = Server(tmp_path / "data", NO_MODEL).start()
    for file in large_files(20):
        server.api.upload(file)
    server.stop()
    targets = tmp_path / "targets"
    targets.mkdir()
    for number in range(CYCLES):  # without a server: the process that copies the database dies too
        process = subprocess.Popen([BIN, "backup", "--data", tmp_path / "data", targets / f"{number}.tar"], env={**os.environ, **NO_MODEL}, stderr=subprocess.DEVNULL)
        time.sleep(source.uniform(0.02, 0.7))
        process.kill()
        process.wait()
    for target in targets.iterdir():
        restore(tmp_path / "unused", "--check", target)
    server = Server(tmp_path / "data", NO_MODEL).start()
    process = subprocess.Popen([BIN, "backup", "--data", tmp_path / "data", targets / "last.tar"], env={**os.environ, **NO_MODEL}, stderr=subprocess.PIPE, text=True)
    await_that(lambda: process.poll() is not None or open_backups(server.api) > 0)
    server.kill()
    _, told = process.communicate(timeout=60)
    if process.returncode != 0:
        assert process.returncode == 1 and "broke off" in told and not (targets / "last.tar").exists()
    backup(tmp_path / "data", "--force", targets / "last.tar")
    assert not [p.name for p in (tmp_path / "data").iterdir() if p.name.startswith("backup")]
    restore(tmp_path / "r", targets / "last.tar")
    assert len(listed(tmp_path / "r")) == 20


def test_kill_9_of_a_restore_at_any_moment_leaves_the_old_library_or_the_new_one(small, tmp_path):
    seed = int(os.environ.get("DOCMIND_SEED", time.time()))
    print(f"DOCMIND_SEED={seed}", file=sys.stderr)
    source = random.Random(seed)
    old, archive = small
    new = Server(tmp_path / "new", NO_MODEL).start()
    for file in large_files(30, seed=2):
        new.api.upload(file)
    new.stop()
    backup(tmp_path / "new", tmp_path / "new.tar")
    old_names, new_names = set(listed(old)), set(listed(tmp_path / "new"))
    began = time.monotonic()
    restore(tmp_path / "timed", tmp_path / "new.tar")
    took = time.monotonic() - began
    outcomes = []
    for number in range(CYCLES):
        data = tmp_path / f"d{number}"
        restore(data, archive)
        process = subprocess.Popen([BIN, "restore", "--force", "--data", data, tmp_path / "new.tar"], env={**os.environ, **NO_MODEL}, stderr=subprocess.DEVNULL)
        time.sleep((number + source.random()) / CYCLES * 2 * took)  # a moment of each part of it
        process.kill()
        process.wait()
        names = set(listed(data))
        assert names in (old_names, new_names)
        outcomes.append(names == new_names)
        assert not [p.name for p in data.iterdir() if p.name.startswith("restore")]
        restore(data, "--force", tmp_path / "new.tar")
        assert set(listed(data)) == new_names
        blobs = {p.name: p for p in (data / "blobs").iterdir()}
        assert {d["sha256"] for d in listed(data).values()} == set(blobs)
        assert all(hashlib.sha256(p.read_bytes()).hexdigest() == name for name, p in blobs.items())
        shutil.rmtree(data)
    print(f"{sum(outcomes)} of {CYCLES} were the new one", file=sys.stderr)


def rewritten(archive, change):
    """The archive with `change(members)` made: a list of [TarInfo, bytes]; the manifest's checksum is right again."""
    with tarfile.open(archive) as opened:
        members = [[info, opened.extractfile(info).read()] for info in opened]
    change(members)
    digest = hashlib.sha256(members[0][1]).hexdigest()
    members[1][1] = f"{digest}  manifest.json\n".encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        for info, content in members:
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def change_manifest(change):
    def apply(members):
        manifest = json.loads(members[0][1])
        change(manifest)
        members[0][1] = json.dumps(manifest).encode()

    return apply


def test_a_damaged_foreign_or_newer_archive_is_refused_and_the_library_is_as_it_was(small, tmp_path):
    data, archive = small
    shutil.copytree(data, tmp_path / "data")
    before = tree(tmp_path / "data")
    whole = archive.read_bytes()

    def entry(name, kind=tarfile.REGTYPE, link=""):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        return info

    def database(sql):
        def apply(members):
            file = tmp_path / "changed.sqlite3"
            file.write_bytes(members[2][1])
            connection = sqlite3.connect(file)
            connection.executescript(sql)
            connection.close()
            manifest = json.loads(members[0][1])
            content = file.read_bytes()
            manifest["bytes"] += len(content) - len(members[2][1])
            manifest["members"][0] |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            members[2][1] = content
            members[0][1] = json.dumps(manifest).encode()

        return apply

    def without_an_original(members):
        lost = json.loads(members[0][1])["members"][-1]
        change_manifest(lambda m: (m["members"].pop(), m.update(files=m["files"] - 1, bytes=m["bytes"] - lost["bytes"])))(members)
        members.pop()

    bad = {
        "empty": b"",
        "no archive": b"x" * 10_000,
        "compressed": gzip.compress(whole),
        "another archive": rewritten(archive, change_manifest(lambda m: m.update(format="other"))),
        "newer format": rewritten(archive, change_manifest(lambda m: m.update(format_version=2))),
        "newer tables": rewritten(archive, change_manifest(lambda m: m.update(schema_version=99, docmind_version="9.9"))),
        "out of the folder": rewritten(archive, lambda m: m.append([entry("../../escaped"), b"x"])),
        "absolute": rewritten(archive, lambda m: m.append([entry(f"{tmp_path}/escaped"), b"x"])),
        "a link": rewritten(archive, lambda m: m.append([entry("blobs/link", tarfile.SYMTYPE, "/etc/passwd"), b""])),
        "a hard link": rewritten(archive, lambda m: m.append([entry("blobs/link", tarfile.LNKTYPE, "docmind.sqlite3"), b""])),
        "a device": rewritten(archive, lambda m: m.append([entry("null", tarfile.CHRTYPE), b""])),
        "twice": rewritten(archive, lambda m: m.append(m[-1])),
        "one is missing": rewritten(archive, lambda m: m.pop()),
        "an original is missing": rewritten(archive, without_an_original),
        "another database": rewritten(archive, database("UPDATE documents SET sha256 = 'ff' || substr(sha256, 3) WHERE name = 'otter.txt'")),
        "a newer database": rewritten(archive, database("PRAGMA user_version = 99")),
        "a foreign database": rewritten(archive, database("PRAGMA application_id = 1")),
        "another number": rewritten(archive, change_manifest(lambda m: m.update(documents=11))),
    }
    for cut in (100, 512, 700, 2000, len(whole) // 2, len(whole) - 2000):
        bad[f"cut at {cut}"] = whole[:cut]
    with tarfile.open(archive) as opened:
        for info in list(opened)[:4]:
            for name, place in (("head", info.offset + 130), ("first", info.offset_data), ("last", info.offset_data + info.size - 1)):
                flipped = bytearray(whole)
                flipped[place] ^= 1
                bad[f"{info.name}: {name} byte"] = bytes(flipped)
    for name, content in bad.items():
        (tmp_path / "bad.tar").write_bytes(content)
        done = restore(tmp_path / "data", "--force", tmp_path / "bad.tar", check=1)
        assert done.stderr.startswith("docmind: ") and "\n" not in done.stderr.strip(), (name, done.stderr)
        assert ("newer" in done.stderr) == ("newer" in name), (name, done.stderr)
        assert tree(tmp_path / "data") == before, name
        assert not (tmp_path / "escaped").exists() and not (tmp_path.parent / "escaped").exists()
        restore(tmp_path / "fresh", tmp_path / "bad.tar", check=1)
        assert not (tmp_path / "fresh").exists(), name
    (tmp_path / "good.tar").write_bytes(rewritten(archive, lambda m: None))
    restore(tmp_path / "data", "--force", tmp_path / "good.tar")
    assert set(listed(tmp_path / "data")) == {f"{animal}.txt" for animal in ANIMALS}


def test_a_library_that_is_there_is_replaced_only_with_force_and_then_kept_aside(small, tmp_path):
    data, archive = small
    server = Server(tmp_path / "data", NO_MODEL).start()
    server.api.await_ready()
    server.api.add(("mine.txt", b"What was there before."))
    served = restore(tmp_path / "data", "--force", archive, check=1)
    assert str(server.process.pid) in served.stderr and "Stop it" in served.stderr
    server.stop()
    before = tree(tmp_path / "data")
    assert "--force" in restore(tmp_path / "data", archive, check=1).stderr
    assert tree(tmp_path / "data") == before
    told = json.loads(restore(tmp_path / "data", "--force", "--json", archive).stdout)
    assert set(listed(tmp_path / "data")) == {f"{animal}.txt" for animal in ANIMALS}
    assert set(listed(told["former"])) == {"mine.txt"}
    # One in which there is nothing is not in the way, and not kept.
    docmind("documents", "--data", tmp_path / "empty", env=NO_MODEL, check=0)
    restore(tmp_path / "empty", archive)
    assert not [p.name for p in (tmp_path / "empty").iterdir() if p.name.startswith(("former", "restore"))]


def test_a_restore_that_was_interrupted_behind_its_commit_is_finished_before_anything_is_read_settings_included(small, tmp_path):
    data, archive = small
    old = tmp_path / "data"
    docmind("ingest", "--data", old, "-", env=NO_MODEL, input="What was there before.", check=0)
    (old / "settings.toml").write_text('[retrieval]\nsimilarity_top_k = "3"\n')
    with tarfile.open(archive) as opened:  # as it lies there when the power fails
        opened.extractall(old / "restore.ready", members=[m for m in opened if not m.name.startswith("manifest")])
    (old / "restore.ready" / "settings.toml").write_text('[retrieval]\nsimilarity_top_k = "9"\n')
    (old / "restore.ready" / "former").write_text("former-1")
    config = docmind("config", "--data", old, "--json", env=NO_MODEL, check=0).stdout.splitlines()
    assert next(json.loads(line)["value"] for line in config if "similarity_top_k" in line) == "9"
    assert set(listed(old)) == {f"{animal}.txt" for animal in ANIMALS}
    assert len(listed(old / "former-1")) == 1 and "3" in (old / "former-1" / "settings.toml").read_text()
    assert not [p.name for p in old.iterdir() if p.name.startswith("restore")]


def test_without_room_both_say_so_and_leave_nothing(small, tmp_path):
    data, archive = small
    full = tmp_path / "full"
    full.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", full], capture_output=True).returncode != 0:
        pytest.skip("a small file system needs root")
    try:
        assert "space" in backup(data, full / "b.tar", check=1).stderr
        assert list(full.iterdir()) == []
        assert "space" in restore(full / "data", archive, check=1).stderr
        assert list(full.iterdir()) == []
    finally:
        subprocess.run(["umount", full], check=True)
    with open("/dev/full", "w") as device:
        done = subprocess.run([BIN, "backup", "--data", data, "-"], stdout=device, stderr=subprocess.PIPE, text=True, env={**os.environ, **NO_MODEL})
    assert done.returncode == 1 and "space" in done.stderr


def test_an_original_that_is_missing_or_damaged_is_named_and_there_is_no_backup(small, tmp_path):
    data, _ = small
    shutil.copytree(data, tmp_path / "data")
    original = tmp_path / "data" / "blobs" / hashlib.sha256(b"The lynx is animal number 3 of this book.").hexdigest()
    content = original.read_bytes()
    original.write_bytes(content.replace(b"lynx", b"Lynx"))
    assert "lynx.txt" in backup(tmp_path / "data", tmp_path / "b.tar", check=1).stderr
    original.unlink()
    assert "lynx.txt" in backup(tmp_path / "data", tmp_path / "b.tar", check=1).stderr
    assert not (tmp_path / "b.tar").exists()
    original.write_bytes(content)
    backup(tmp_path / "data", tmp_path / "b.tar")
