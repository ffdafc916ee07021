"""DocMind as a C++ library: installed, found with find_package, the examples compiled and run."""

import os
import re
import shutil
import subprocess

import pytest

from docmind_process import ROOT


def run(*command, **kw):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **kw)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """example(NAME, *arguments, cwd) runs an example that was compiled against the installed library; what it printed."""
    tmp = tmp_path_factory.mktemp("library")
    prefix = tmp / "prefix"
    run("cmake", "--install", ROOT / "build", "--prefix", prefix)
    assert not shutil.which("docmind", path=str(prefix / "sbin"))
    run("cmake", "-S", ROOT / "examples", "-B", tmp / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", tmp / "build")

    def start(name, *arguments, cwd, env=None):
        path = {"PATH": f"{prefix / 'bin'}:{os.environ['PATH']}"}
        return run(tmp / "build" / name, *arguments, cwd=cwd, env={**os.environ, "DOCMIND__LLM__ENABLED": "false", **path, **(env or {})})

    return start


def test_the_example_compiles_against_the_installed_library_and_answers(example, tmp_path, r_intro):
    out = example("ask", r_intro, "How do I read a CSV file into a data frame?", cwd=tmp_path)
    assert "ready" in out and "R-intro.pdf, page" in out


def test_a_program_makes_a_backup_of_its_library_and_another_library_of_that(example, tmp_path):
    (tmp_path / "otter.txt").write_text("Otters hold hands while they sleep.")
    example("ask", "otter.txt", "What do otters do while they sleep?", cwd=tmp_path)
    out = example("backup", "library.tar", cwd=tmp_path)
    assert "1 documents restored" in out and (tmp_path / "library.tar").stat().st_size > 10_000
    with pytest.raises(AssertionError, match="is there already"):
        example("backup", "library.tar", cwd=tmp_path)
    assert {p.read_text() for p in (tmp_path / "restored-library" / "blobs").iterdir()} == {"Otters hold hands while they sleep."}


def test_a_function_of_the_program_is_a_tool_of_the_model(example, tmp_path, scripted_llm):
    scripted_llm.api.post("/script", {"default": "calls_the_last_tool", "tool_calling": "native"})
    out = example("custom_tool", "How many gulden are 6 kreuzer?", cwd=tmp_path, env={"DOCMIND__LLM__ENABLED": "true", **scripted_llm.env})
    assert "The tool says: 0.100000 gulden" in out


def test_a_pipeline_with_modules_of_its_own_answers_and_tells_the_time_of_each(example, tmp_path):
    (tmp_path / "otter.txt").write_text("Otters hold hands while they sleep.")
    out = example("custom_pipeline", "otter.txt", "What do otters do while they sleep, please?", cwd=tmp_path)
    assert "hold hands" in out
    assert set(re.findall(r"^(\w+): [\d.e-]+ ms$", out, re.M)) == {"without_please", "retriever", "one_a_page", "synthesizer"}


def test_parallel_run_answers_a_list_of_questions_in_order_with_all_slots_at_work(example, tmp_path, scripted_llm):
    (tmp_path / "otter.txt").write_text("Otters hold hands while they sleep, so that they do not drift apart.")
    scripted_llm.api.post("/script", {"default": "sixteen_slots", "tokens": 50, "pace": 0.02})
    questions = [f"What do otters do while they sleep, and why? ({i})" for i in range(12)]
    env = {**scripted_llm.env, "DOCMIND__LLM__SLOTS": "4", "DOCMIND__RERANKER__ENABLED": "false"}
    out = example("parallel_run", "otter.txt", *questions, cwd=tmp_path, env=env)
    parts = out.split("## ")[1:]
    assert [part.splitlines()[0] for part in parts] == questions
    assert all("word49" in part for part in parts)
    assert scripted_llm.api.post("/script", {}).json["most_busy"] == 4


def test_the_example_is_about_twenty_lines():
    lines = [line for line in (ROOT / "examples" / "ask.cpp").read_text().splitlines() if line.strip()]
    assert len(lines) <= 21


def test_the_build_can_be_moved(tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "build" / "bin", moved / "bin", ignore=shutil.ignore_patterns("*_test", "*_bench"))
    shutil.copytree(ROOT / "build" / "lib", moved / "lib", symlinks=True, ignore=shutil.ignore_patterns("*.a"))
    (tmp_path / "otter.txt").write_text("Otters hold hands while they sleep.")
    out = run(moved / "bin" / "docmind", "ask", "What do otters do while they sleep?", tmp_path / "otter.txt", env={**os.environ, "DOCMIND__LLM__ENABLED": "false"})
    assert "hold hands" in out
