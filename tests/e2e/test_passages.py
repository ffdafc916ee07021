"""What becomes of passages between the search and the answer: copies, documents that count for more, windows and parts; and --explain says it."""

import json

from docmind_process import docmind

OTTER = "The giant otter of the Amazon weighs up to thirty-two kilograms."
QUESTION = "How heavy is a giant otter?"


def sentences(topic, count):
    return " ".join(f"{topic.capitalize()} fact number {i} tells of {word}." for i, word in zip(range(count), ("rivers", "stones", "moss", "winter", "bridges", "boats", "herons", "reeds", "mills", "fords")))


def write(folder, **texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def search(data, *args, env=None):
    done = docmind("search", *args, "--no-rerank", "--data", data, "--json", env=env, check=0)
    return json.loads(done.stdout)["results"]


def test_copies_appear_once_and_are_named_with_and_without_a_server(api, server, tmp_path):
    data = tmp_path / "data"
    files = {"zoo__txt": OTTER + "\n", "copy__txt": "  " + OTTER.replace("Amazon ", "Amazon\n"), "rye__txt": "Rye bread needs a sourdough."}
    docmind("ingest", write(tmp_path / "files", **files), "--data", data, check=0)
    api.add(*[(name.replace("__", "."), text.encode()) for name, text in files.items()])
    for where in (data, server.data):
        found = search(where, QUESTION)
        otters = [r for r in found if "otter" in r["text"]]
        assert len(otters) == 1 and len(found) == 2
        assert {otters[0]["name"], *(place["name"] for place in otters[0]["also_in"])} == {"zoo.txt", "copy.txt"}
        shown = docmind("search", QUESTION, "--no-rerank", "--explain", "--data", where, check=0).stdout
        assert "also in: " in shown and "stands for 1 more" in shown
    both = search(data, QUESTION, env={"DOCMIND__RETRIEVAL__DUPLICATES": "0"})
    assert len([r for r in both if "otter" in r["text"]]) == 2


def test_documents_can_count_for_more_and_leave_places_to_others(tmp_path):
    data = tmp_path / "data"
    old = f'<html><head><title>Otters</title><meta name="dcterms.created" content="1999-01-01"></head><body><p>How heavy a giant otter is: thirty-two kilograms.</p></body></html>'
    write(tmp_path / "files", old__html=old, new__txt="An otter sleeps on its back, a keeper says.", rye__txt="Rye bread needs a sourdough.")
    docmind("ingest", tmp_path / "files", "--data", data, check=0)
    assert [r["name"] for r in search(data, QUESTION)] == ["old.html", "new.txt", "rye.txt"]
    assert "type=pdf:1.2" in docmind("search", QUESTION, "--data", data, env={"DOCMIND__RETRIEVAL__BOOSTS": "type=txt"}, check=2).stderr
    for setting, value, said in (("BOOSTS", "type=html:0.001", "x0.001 for type=html"), ("FRESHNESS", "0.5", "for its age of")):
        env = {f"DOCMIND__RETRIEVAL__{setting}": value}
        assert said in docmind("search", QUESTION, "--no-rerank", "--explain", "--data", data, env=env, check=0).stdout
    assert [r["name"] for r in search(data, QUESTION, env={"DOCMIND__RETRIEVAL__BOOSTS": "type=html:0.001"})][:2] == ["new.txt", "old.html"]


def test_a_sentence_is_found_and_its_window_is_shown_and_cited(serve):
    text = sentences("river", 10)
    split = {"DOCMIND__INGESTION__SPLITTER": "sentence_window"}
    server = serve(env={**split, "DOCMIND__RETRIEVAL__CONTEXT": "window"})
    server.api.await_ready()
    server.api.add(("river.txt", text.encode()))
    best = server.api.retrieve("What does the fact about bridges tell?", top_k=2)["results"][0]
    assert "bridges" in best["text"] and "winter" in best["text"] and "boats" in best["text"] and best["text"] in text
    assert any("around" in step for step in best["steps"])
    _, done = server.api.chat("What does the river fact about bridges tell?")
    assert done["citations"] and all(c["quote"] in text for c in done["citations"])


def test_several_passages_of_one_part_become_the_part(tmp_path):
    data = tmp_path / "data"
    split = {"DOCMIND__INGESTION__SPLITTER": "hierarchical", "DOCMIND__INGESTION__CHUNK_SIZE": "48", "DOCMIND__INGESTION__CHUNK_OVERLAP": "0"}
    text = sentences("otter", 10) + "\n\n" + sentences("bread", 10)
    docmind("ingest", write(tmp_path / "files", facts__txt=text), "--data", data, env=split, check=0)
    alone = search(data, "otter fact", "--top-k", "3")
    merged = search(data, "otter fact", "--top-k", "3", env={"DOCMIND__RETRIEVAL__CONTEXT": "merge"})
    assert max(len(r["text"]) for r in merged) > max(len(r["text"]) for r in alone)
    part = next(r for r in merged if any("of one part" in step for step in r["steps"]))
    assert part["text"] in text
    assert sum(r["text"] in part["text"] for r in alone) >= 2
