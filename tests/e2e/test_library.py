"""DocMind as a C++ library: installed, found with find_package, the examples compiled and run."""

import os
import shutil
import subprocess

from docmind_process import ROOT


def run(*command, **kw):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **kw)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_the_examples_compile_against_the_installed_library_and_answer(tmp_path, r_intro, scripted_llm):
    prefix = tmp_path / "prefix"
    run("cmake", "--install", ROOT / "build", "--prefix", prefix)
    assert not shutil.which("docmind", path=str(prefix / "sbin"))
    run("cmake", "-S", ROOT / "examples", "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", tmp_path / "build")
    env = {**os.environ, "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}", "DOCMIND__LLM__ENABLED": "false"}
    out = run(tmp_path / "build" / "ask", r_intro, "How do I read a CSV file into a data frame?", cwd=tmp_path, env=env)
    assert "ready" in out and "R-intro.pdf, page" in out
    scripted_llm.api.post("/script", {"default": "calls_the_last_tool", "tool_calling": "native"})
    out = run(tmp_path / "build" / "custom_tool", "How many gulden are 6 kreuzer?", cwd=tmp_path, env={**env, **scripted_llm.env})
    assert "The tool says: 0.100000 gulden" in out


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
