"""Who may see whom (ARCHITECTURE.md), read from the #include lines."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

PLUMBING = {"async", "net", "analysis"}
STAGES = {"readers", "node_parser", "embeddings", "llms", "storage", "retrieval"}
PATHS = {"ingestion", "agent", "backup"}

# folder -> folders of src/ it may include besides itself and words
ALLOWED = {
    "words": set(),
    "async": set(),
    "net": {"async"},
    "analysis": set(),
    **{stage: PLUMBING for stage in STAGES},
    **{path: PLUMBING for path in PATHS},
    "server": PLUMBING | PATHS,
    "application": PLUMBING | PATHS | STAGES | {"server"},
}

# What stands in for a stage in the tests of others.
FAKES = {"llms/scripted_llm.hpp", "embeddings/hash_embedding.hpp", "storage/memory_vector_store.hpp"}

# a library -> where its headers may be named (folders of src/, of src/X/Y, or of apps/)
LIBRARIES = {
    r"<boost/(asio|beast)": {"async", "net", "server"},
    r"<(sqlite3|xxhash)": {"storage/engine"},
    r"<libstemmer": {"analysis"},
    r"<openvino": {"embeddings"},
    r"<boost/json": {"server", "llms", "embeddings", "backup", "docmind"},
    r"<archive": {"readers", "backup", "docmind-worker"},
    r"<poppler": {"readers", "docmind-worker"},
    r"<(gumbo|md4c)": {"readers", "docmind-worker"},
}

# task.hpp is where the coroutine type comes from.
EXCEPTIONS = {("include/docmind/task.hpp", r"<boost/(asio|beast)"), ("src/words/task.cpp", r"<boost/(asio|beast)")}


def sources():
    for base in ("include", "src", "apps"):
        yield from (p for p in sorted((ROOT / base).rglob("*")) if p.suffix in {".hpp", ".cpp"})


def includes(path):
    return re.findall(r'^\s*#\s*include\s*([<"][^>"]+[>"])', path.read_text(), re.M)


def folder_of(path):
    """async, storage/engine, docmind (apps), include."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "src":
        return "/".join(parts[1:-1])
    return parts[1] if parts[0] == "apps" else "include"


def is_test(path):
    return path.stem.endswith(("_test", "_bench")) or "test_" in path.stem


def test_every_folder_of_src_has_its_rule():
    assert {p.name for p in SRC.iterdir() if p.is_dir()} <= set(ALLOWED)


def test_folders_include_only_what_lies_below_them():
    wrong = []
    for path in sources():
        if path.parts[len(ROOT.parts)] != "src":
            continue
        own = folder_of(path).split("/")[0]
        for include in includes(path):
            target = include.strip('"').split("/")[0]
            if is_test(path) and include.strip('"') in FAKES:
                continue
            if include.startswith('"') and (SRC / target).is_dir() and target not in {own, "words"} | ALLOWED[own]:
                wrong.append(f"{path.relative_to(ROOT)} includes {include}")
    assert not wrong, "\n".join(wrong)


def test_public_headers_include_no_internal_one():
    wrong = [f"{p.relative_to(ROOT)} includes {i}" for p in sources() if "include" in p.relative_to(ROOT).parts[0] for i in includes(p) if i.startswith('"')]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_named_only_where_it_belongs(library):
    wrong = []
    for path in sources():
        name = str(path.relative_to(ROOT))
        folder = folder_of(path)
        if is_test(path) or (name, library) in EXCEPTIONS or folder in LIBRARIES[library] or folder.split("/")[0] in LIBRARIES[library]:
            continue
        wrong += [f"{name} includes {i}" for i in includes(path) if re.match(library, i)]
    assert not wrong, "\n".join(wrong)


def test_no_source_file_is_longer_than_600_lines():
    long = [f"{p.relative_to(ROOT)}: {n}" for p in sources() if (n := len(p.read_text().splitlines())) > 600]
    assert not long, "\n".join(long)


def conditions(text):
    """The text inside the parentheses of every if, while and for."""
    for match in re.finditer(r"\b(?:if|while|for)\s*(?:constexpr\s*)?\(", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[match.end():end - 1]


def test_coroutine_rules_that_can_be_read_from_the_text():
    wrong = []
    for path in sources():
        name = path.relative_to(ROOT)
        text = re.sub(r"(?<!:)//[^\n]*", "", path.read_text())  # but not the // of an address
        wrong += [f"{name}: co_await in a condition: {c.strip()[:60]}" for c in conditions(text) if "co_await" in c]
        wrong += [f"{name}: {m.group(0)}" for m in re.finditer(r"\basio::detached\b|catch\s*\(\s*\.\.\.\s*\)\s*\{\s*\}", text)]
    assert not wrong, "\n".join(wrong)
