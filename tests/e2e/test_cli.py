"""The command line, as a person at a terminal and a script use it."""

import fcntl
import json
import math
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from docmind_process import BIN, Server, docmind

NO_MODEL = {"DOCMIND__LLM__ENABLED": "false"}


def write(path, text):
    path.write_text(text)
    return path


def test_help_names_every_verb_and_each_verb_has_its_own():
    overview = docmind("--help", check=0).stdout
    for verb in ("serve", "ingest", "search", "eval", "ask", "documents", "sessions", "doctor", "config"):
        assert verb in overview
        assert "--data" in docmind(verb, "--help", check=0).stdout


def test_an_unknown_verb_or_flag_exits_2_and_says_so():
    assert docmind("frobnicate", check=2).stderr
    assert docmind("search", "--no-such-flag", "x", check=2).stderr


def test_config_shows_where_each_value_comes_from_and_hides_secrets(tmp_path):
    file = write(tmp_path / "docmind.toml", '[llm]\napi_key = "canary-secret"\n[ingestion]\nchunk_size = 300\n')
    done = docmind("config", "--config", file, "--json", env={"DOCMIND__AGENT__CONTEXT_PASSAGES": "7"}, check=0)
    settings = {s["key"]: s for s in map(json.loads, done.stdout.splitlines())}
    assert settings["ingestion.chunk_size"]["value"] == "300" and settings["ingestion.chunk_size"]["origin"] == str(file)
    assert settings["agent.context_passages"]["origin"] == "environment"
    assert settings["retrieval.mode"]["origin"] == "default"
    assert "canary-secret" not in done.stdout + done.stderr


def test_a_misspelt_key_names_the_nearest_one(tmp_path):
    file = write(tmp_path / "docmind.toml", "[ingestion]\nchunk_sise = 300\n")
    assert "ingestion.chunk_size" in docmind("config", "--config", file, check=2).stderr
    assert "agent.context_passages" in docmind("config", env={"DOCMIND__AGENT__CONTEXT_PASAGES": "7"}, check=2).stderr


def test_ingest_search_and_documents_work_without_a_server(tmp_path):
    data = tmp_path / "data"
    write(tmp_path / "otters.txt", "The giant otter of the Amazon weighs up to thirty-two kilograms.")
    write(tmp_path / "bread.md", "# Bread\n\nRye bread needs a sourdough of rye flour and water.")
    done = docmind("ingest", tmp_path / "otters.txt", tmp_path / "bread.md", "--data", data, "--json", check=0)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["name"] for line in lines} == {"otters.txt", "bread.md"} and all(line["status"] == "ready" for line in lines)
    found = json.loads(docmind("search", "how heavy is an otter?", "--data", data, "--json", check=0).stdout)["results"]
    assert found[0]["name"] == "otters.txt" and found[0]["page"] == 1
    again = docmind("ingest", tmp_path / "otters.txt", "--data", data, "--json", check=0)
    assert json.loads(again.stdout)["duplicate"] is True
    listed = [json.loads(line) for line in docmind("documents", "--data", data, "--json", check=0).stdout.splitlines()]
    assert len(listed) == 2
    otters = next(d["id"] for d in listed if d["name"] == "otters.txt")
    docmind("documents", "remove", otters, "--data", data, check=0)
    assert all(r["name"] != "otters.txt" for r in json.loads(docmind("search", "otter", "--data", data, "--json").stdout)["results"])


def test_a_folder_a_glob_and_standard_input_can_be_ingested(tmp_path):
    data, folder = tmp_path / "data", tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    write(folder / "a.txt", "Alpha particles are helium nuclei.")
    write(folder / "below" / "b.txt", "Beta particles are electrons or positrons.")
    write(folder / "c.log", "Gamma rays are photons.")
    assert len(docmind("ingest", folder, "--recursive", "--data", data, "--json", check=0).stdout.splitlines()) == 3
    assert len(docmind("ingest", str(folder / "*.txt"), "--data", data, "--json", check=0).stdout.splitlines()) == 1
    done = docmind("ingest", "-", "--data", data, "--json", check=0, input="Delta rays are knocked-out electrons.")
    assert json.loads(done.stdout)["status"] == "ready"


def test_jsonl_lines_keep_their_ids_and_a_batch_writes_a_trec_run(tmp_path):
    data, run = tmp_path / "data", tmp_path / "out.trec"
    docs = [{"id": "d-1", "title": "Otters", "text": "Otters hold hands while they sleep."}, {"id": "d-2", "title": "Rye", "text": "Rye grows on poor soil."}]
    write(tmp_path / "corpus.jsonl", "".join(json.dumps(d) + "\n" for d in docs))
    docmind("ingest", tmp_path / "corpus.jsonl", "--data", data, check=0)
    write(tmp_path / "queries.jsonl", '{"id":"q1","text":"what do otters do while sleeping"}\n{"id":"q2","text":"which cereal grows on poor soil"}\n')
    docmind("search", "--queries", tmp_path / "queries.jsonl", "--run", run, "--data", data, check=0)
    lines = [line.split() for line in run.read_text().splitlines()]
    assert all(len(line) == 6 and line[1] == "Q0" and line[5] == "docmind" for line in lines)
    best = {line[0]: line[2] for line in lines if line[3] == "1"}
    assert best == {"q1": "d-1", "q2": "d-2"}


def test_search_explains_why_a_passage_stands_where_it_does(tmp_path):
    data = tmp_path / "data"
    write(tmp_path / "ferry.txt", "The ferry crossed the river twice a day until 1901.")
    docmind("ingest", tmp_path / "ferry.txt", "--data", data, check=0)
    told = docmind("search", "When did the ferry cross the lake?", "--explain", "--data", data, check=0).stdout
    assert "words" in told and "(1.): " in told and "not: lake" in told
    assert all(word in told for word in ("dense 0.", "fused 1.000", "reranker ", "relevance ", "total "))
    [hit] = json.loads(docmind("search", "When did the ferry cross the lake?", "--json", "--data", data, check=0).stdout)["results"]
    assert hit["ranks"] == {"dense": 1, "sparse": 1}
    assert hit["terms"]["missing"] == ["lake"] and "ferri" in hit["terms"]["matched"]


def test_eval_measures_a_set_and_agrees_with_the_run_it_could_have_written(tmp_path):
    texts = {
        "bridge": "The Ludwig bridge over the river was built in 1872 of iron.",
        "ferry": "The ferry crossed the river twice a day until 1901.",
        "mill": "The old mill ground wheat and rye for the whole valley.",
        "school": "The school was opened by the bishop in 1910.",
    }
    questions = {"q1": "When was the bridge built?", "q2": "How often did the ferry cross?", "q3": "Which grain did the mill grind?"}
    right = {"q1": "bridge", "q2": "ferry", "q3": "school"}  # the last on purpose: a measure that cannot fall is none
    folder = tmp_path / "sets" / "village"
    folder.mkdir(parents=True)
    write(folder / "corpus.jsonl", "".join(json.dumps({"id": i, "title": "", "text": t}) + "\n" for i, t in texts.items()))
    lines = [{"id": i, "text": t} for i, t in questions.items()] + [{"id": "q4", "text": "Who repairs quantum computers?", "answerable": False}]
    write(folder / "queries.jsonl", "".join(json.dumps(q) + "\n" for q in lines))
    write(folder / "qrels.tsv", "".join(f"{q}\t{d}\t1\n" for q, d in right.items()))
    rows = [json.loads(row) for row in docmind("eval", tmp_path / "sets", "--data", tmp_path / "libraries", "--json", check=0).stdout.splitlines()]
    assert [row["configuration"] for row in rows] == ["docmind", "without reranker", "dense only", "sparse only"]
    assert all(row["set"] == "village" and row["questions"] == 3 for row in rows)
    assert rows[0]["auc"] == 1.0 and rows[0]["declined"] == 1.0

    run = tmp_path / "run.trec"
    docmind("search", "--queries", folder / "queries.jsonl", "--run", run, "--data", tmp_path / "libraries" / "village", check=0)
    ranks = {(q, d): int(r) for q, _, d, r, *_ in map(str.split, run.read_text().splitlines())}
    expected = sum(1 / math.log2(1 + ranks[q, d]) if (q, d) in ranks else 0 for q, d in right.items()) / 3
    assert rows[0]["ndcg@10"] == pytest.approx(expected)
    assert rows[0]["mrr@10"] < 1

    alone = {"DOCMIND__LLM__ENABLED": "false"}
    more = docmind("eval", folder, "--ablation", "--no-rerank", "--data", tmp_path / "libraries", "--json", env=alone, check=0).stdout.splitlines()
    assert [json.loads(row)["configuration"] for row in more] == [
        "without reranker",
        "dense only",
        "sparse only",
        "reciprocal rank fusion, without reranker",
    ]

    assert "| village | docmind |" in docmind("eval", folder, "--data", tmp_path / "libraries", check=0).stdout
    assert "queries.jsonl" in docmind("eval", tmp_path / "nothing", check=1).stderr


def test_eval_of_answers_counts_what_they_cite_and_decline(tmp_path, scripted_llm):
    folder = tmp_path / "village"
    folder.mkdir()
    texts = {"bridge": "The Ludwig bridge was opened in 1872 and has seven arches.", "ferry": "The ferry crossed the river twice a day until 1901."}
    write(folder / "corpus.jsonl", "".join(json.dumps({"id": i, "title": "", "text": t}) + "\n" for i, t in texts.items()))
    lines = [
        {"id": "q1", "text": "When was the Ludwig bridge opened?", "answers": ["1872"]},
        {"id": "q2", "text": "How often did the ferry cross the river?", "answers": ["thrice"]},
        {"id": "q3", "text": "Who repairs quantum computers?", "answerable": False},
    ]
    write(folder / "queries.jsonl", "".join(json.dumps(q) + "\n" for q in lines))
    write(folder / "qrels.tsv", "q1\tbridge\t1\nq2\tmill\t1\n")  # the second on purpose wrong
    ran = docmind("eval", folder, "--answers", "--json", env={**scripted_llm.env, "DOCMIND__AGENT__MODE": "context"}, check=0)
    alone, model = (json.loads(row) for row in ran.stdout.splitlines())
    assert alone["configuration"] == "passages alone"
    for row in (alone, model):
        assert (row["questions"], row["cites_gold"], row["unanswerable"], row["declined"], row["has_answer"]) == (2, 0.5, 1, 1, 0.5)
    assert alone["sentences"] == 0 and model["sentences"] > 0
    table = docmind("eval", folder, "--answers", "--questions", "1", env={"DOCMIND__LLM__ENABLED": "false"}, check=0).stdout
    assert table.count("| village |") == 1 and "| passages alone | 1 |" in table


def test_the_same_id_again_replaces_the_document(tmp_path):
    data = tmp_path / "data"
    for text in ("The capital is Bonn.", "The capital is Berlin."):
        write(tmp_path / "c.jsonl", json.dumps({"id": "capital", "title": "Capital", "text": text}) + "\n")
        docmind("ingest", tmp_path / "c.jsonl", "--data", data, check=0)
    results = json.loads(docmind("search", "capital", "--data", data, "--json", check=0).stdout)["results"]
    assert [r["text"] for r in results] == ["The capital is Berlin."]


def test_files_that_cannot_be_used_fail_alone_with_exit_1(tmp_path):
    data = tmp_path / "data"
    write(tmp_path / "good.txt", "A good file.")
    write(tmp_path / "empty.txt", "")
    (tmp_path / "noise.bin").write_bytes(b"\x7fELF" + os.urandom(2000))
    done = docmind("ingest", tmp_path / "good.txt", tmp_path / "empty.txt", tmp_path / "noise.bin", "--data", data, "--json", check=1)
    by_name = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert by_name["good.txt"]["status"] == "ready"
    assert by_name["empty.txt"]["status"] == "failed" and by_name["empty.txt"]["error"]
    assert by_name["noise.bin"]["status"] == "failed" and by_name["noise.bin"]["error"]


def test_a_path_that_is_not_there_and_a_broken_jsonl_line_are_named(tmp_path):
    assert "no-such-file" in docmind("ingest", tmp_path / "no-such-file.pdf", "--data", tmp_path / "d", check=1).stderr
    write(tmp_path / "broken.jsonl", '{"id":"a","text":"x"}\n{"id":\n')
    assert "broken.jsonl:2" in docmind("ingest", tmp_path / "broken.jsonl", "--data", tmp_path / "d", check=2).stderr


def test_ask_with_a_file_answers_from_it_with_its_page(r_intro, tmp_path):
    done = docmind("ask", "How do I read a CSV file into a data frame?", r_intro, "--json", env=NO_MODEL, check=0)
    answer = json.loads(done.stdout)
    assert answer["degraded"] is True and answer["citations"]
    assert all(c["name"] == "R-intro.pdf" and c["page"] > 1 and c["quote"] for c in answer["citations"])
    assert "read." in answer["answer"]


def at_a_terminal(*args):
    """What the program draws on a terminal of 200 columns."""
    process, shown = pty.openpty()
    fcntl.ioctl(shown, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    env = {k: v for k, v in {**os.environ, **NO_MODEL, "TERM": "xterm"}.items() if k != "NO_COLOR"}
    with subprocess.Popen([BIN, *args], stdout=shown, stderr=subprocess.DEVNULL, env=env) as child:
        os.close(shown)
        drawn = b""
        try:
            while piece := os.read(process, 65536):
                drawn += piece
        except OSError:  # the other end is closed
            pass
    os.close(process)
    assert child.returncode == 0, drawn
    return drawn.decode()


def test_a_terminal_shows_in_bold_which_words_fit_and_a_file_gets_the_bare_text(tmp_path):
    data = tmp_path / "data"
    docmind("ingest", write(tmp_path / "boats.txt", "The ferries leave at six. Ötter swim."), "--data", data, check=0)
    bold = lambda text: re.findall("\x1b\\[1m(.*?)\x1b\\[22m", text)
    assert bold(at_a_terminal("search", "when does the ferry leave", "--data", data))[:2] == ["ferries", "leave"]
    asked = at_a_terminal("ask", "When does the ferry leave?", "--data", data)
    assert bold(asked) == ["ferries", "leave"] * 2, "in the quotation and in the list of sources"
    for verb in ("search", "ask"):
        assert "\x1b" not in docmind(verb, "When does the ferry leave?", "--data", data, env=NO_MODEL, check=0).stdout


def test_the_verbs_talk_to_a_server_that_runs_on_the_same_data_directory(tmp_path):
    data = tmp_path / "data"
    server = Server(data, NO_MODEL).start()
    try:
        write(tmp_path / "otters.txt", "The giant otter of the Amazon weighs up to thirty-two kilograms.")
        docmind("ingest", tmp_path / "otters.txt", "--data", data, check=0)
        assert server.api.documents()[0]["name"] == "otters.txt"
        found = json.loads(docmind("search", "giant otter", "--data", data, "--json", check=0).stdout)["results"]
        assert found[0]["name"] == "otters.txt"
        answer = json.loads(docmind("ask", "How heavy is the giant otter?", "--data", data, "--json", check=0).stdout)
        assert "thirty-two" in answer["answer"]
        sessions = docmind("sessions", "--data", data, "--json", check=0).stdout.splitlines()
        assert len(sessions) == 1
    finally:
        server.stop()


def test_a_second_server_on_the_same_data_directory_is_refused_and_the_first_unharmed(serve):
    first = serve()
    second = docmind("serve", "--data", first.data, "--listen", "127.0.0.1:0", timeout=30)
    assert second.returncode == 1 and str(first.data) in second.stderr
    assert first.api.get("/api/health").status == 200


def test_doctor_says_a_line_for_each_part(tmp_path):
    done = docmind("doctor", "--json", "--data", tmp_path / "d", env=NO_MODEL)
    parts = {c["part"]: c for c in map(json.loads, done.stdout.splitlines())}
    for part in ("data", "worker", "store", "embedding", "reranker", "llm"):
        assert parts[part]["detail"]
    assert parts["embedding"]["ok"] and parts["data"]["ok"] and parts["worker"]["ok"]
