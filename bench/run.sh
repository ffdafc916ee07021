#!/usr/bin/env bash
# run.sh [QUESTION...]: one folder per question; all of them by default. Prints Markdown; bench/RESULTS.md is made of it by hand.
source "$(dirname "$0")/../tools/lib.sh"
cd "$root"
make_venv tests "$root/tests/requirements.txt"
for question in "${@:-retrieval responsiveness}"; do
    for one in $question; do
        say "Bench: $one"
        "$venv/bin/python" "bench/$one/run.py"
    done
done
