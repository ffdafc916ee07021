"""Searching in some documents only: by type, folder, author, date, as the library, the interface and the command line say it."""

import json

import pytest

from docmind_process import docmind

PAPERS = {
    "old.html": '<html lang="en"><head><title>Otters</title><meta name="author" content="Ada Smith"><meta name="dcterms.created" content="2021-05-04"></head><body><p>The otter of the river eats fish.</p></body></html>',
    "new.html": '<html lang="de"><head><title>More otters</title><meta name="author" content="Bob Miller"><meta name="dcterms.created" content="2024-03-02"></head><body><p>The otter of the sea eats crabs.</p></body></html>',
    "note.txt": "The otter of the lake eats frogs.",
}
CASES = [
    ("type=html", {"old.html", "new.html"}),
    ("type!=html", {"note.txt"}),
    ("author*=smith", {"old.html"}),
    ("created>=2024", {"new.html"}),
    ("created<=2021-05", {"old.html"}),
    ("language=de", {"new.html"}),
    ("title=otters", {"old.html"}),
    ("added>=2000", {"old.html", "new.html", "note.txt"}),
    ("author=nobody", set()),
]


@pytest.fixture(scope="module")
def papers(api):
    api.add(*[(name, text.encode()) for name, text in PAPERS.items()])
    return api


@pytest.mark.parametrize("text,names", CASES)
def test_only_documents_for_which_the_filter_holds_are_searched(papers, text, names):
    for mode in ("hybrid", "dense", "sparse"):
        found = papers.retrieve("What does the otter eat?", mode=mode, filters=[text])["results"]
        assert {r["name"] for r in found} == names, mode


def test_all_filters_hold_and_the_chosen_documents_too(papers):
    assert {r["name"] for r in papers.retrieve("otter", filters=["type=html", "created<2023"])["results"]} == {"old.html"}
    note = next(d["id"] for d in papers.documents() if d["name"] == "note.txt")
    assert papers.retrieve("otter", filters=["type=html"], document_ids=[note])["results"] == []


@pytest.mark.parametrize("filters", [["type"], ["created>=May"], ["=x"], "type=pdf", [7], ["a=b"] * 33])
def test_a_filter_that_cannot_be_understood_is_a_400_that_helps(papers, filters):
    answer = papers.post("/api/retrieve", {"query": "otter", "filters": filters})
    assert answer.status == 400 and "filter" in answer.json["detail"], answer.body


def test_the_command_line_filters_with_and_without_a_server(papers, server, tmp_path):
    data, folder = tmp_path / "data", tmp_path / "papers"
    folder.mkdir()
    for name, text in PAPERS.items():
        (folder / name).write_text(text)
    docmind("ingest", folder, "--data", data, check=0)
    for where in (data, server.data):
        done = docmind("search", "otter", "--filter", "type=html|pdf", "--filter", "created>=2024", "--data", where, "--json", check=0)
        assert {r["name"] for r in json.loads(done.stdout)["results"]} == {"new.html"}
        assert "2024-03" in docmind("search", "otter", "--filter", "created>=May", "--data", where, check=2).stderr
