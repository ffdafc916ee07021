#!/usr/bin/env bash
# run.sh [QUESTION...]: one folder per question; all of them by default. Prints Markdown; bench/RESULTS.md is made of it by hand.
# A folder with a requirements.txt has peers to compare with; where they cannot be installed, they are left out.
source "$(dirname "$0")/../tools/lib.sh"
cd "$root"
for question in "${@:-retrieval responsiveness ingestion async}"; do
    for one in $question; do
        say "Bench: $one"
        make_venv tests "$root/tests/requirements.txt"
        if [ -f "bench/$one/requirements.txt" ]; then
            make_venv "bench-$one" "$root/bench/$one/requirements.txt" || make_venv tests "$root/tests/requirements.txt"
        fi
        case "$one" in
        ingestion) program=embedding_bench ;;
        async) program=query_pipeline_bench ;;
        *) program="" ;;
        esac
        [ -z "$program" ] || quietly "$cache/log/bench.log" "building $program" ninja -C build "$program" || true
        "$venv/bin/python" "bench/$one/run.py"
    done
done
