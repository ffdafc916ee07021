#!/usr/bin/env bash
# run.sh [QUESTION...]: one folder per question; all of them by default. Prints Markdown; bench/RESULTS.md is made of it by hand.
# A folder with a requirements.txt has peers to compare with; where they cannot be installed, they are left out.
source "$(dirname "$0")/../tools/lib.sh"
cd "$root"
for question in "${@:-retrieval search responsiveness ingestion async}"; do
    for one in $question; do
        say "Bench: $one"
        make_venv tests "$root/tests/requirements.txt"
        if [ -f "bench/$one/requirements.txt" ]; then
            make_venv "bench-$one" "$root/bench/$one/requirements.txt" || make_venv tests "$root/tests/requirements.txt"
        fi
for question in "${@:-retrieval search responsiveness ingestion async}"; do
        "$venv/bin/python" "bench/$one/run.py"
    done
done
