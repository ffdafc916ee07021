#!/usr/bin/env bash
# run.sh [QUESTION...]: one folder per question; all of them by default. Prints Markdown; bench/RESULTS.md is made of it by hand.
# A folder with a requirements.txt has peers to compare with; where they cannot be installed, they are left out. With DOCMIND_BENCH_TORCH=1
# ingestion is compared with LlamaIndex on torch too (6 GB of packages). `retrieval` has no folder:
# it is `docmind eval` on the judged sets in DOCMIND_EVAL.
source "$(dirname "$0")/../tools/lib.sh"
cd "$root"

retrieval() {
    local sets="${DOCMIND_EVAL:-$root/../shared/eval}"
    if [ -d "$sets" ]; then
        build/bin/docmind eval "$sets" --files /usr/share/R/doc/manual
    else
        say "skipped: no evaluation sets at $sets (say where they are with DOCMIND_EVAL)"
    fi
}

for question in "${@:-retrieval search responsiveness ingestion async}"; do
    for one in $question; do
        say "Bench: $one"
        if [ "$one" = retrieval ]; then
            retrieval
            continue
        fi
        make_venv tests "$root/tests/requirements.txt"
        if [ -f "bench/$one/requirements.txt" ]; then
            make_venv "bench-$one" "$root/bench/$one/requirements.txt" || make_venv tests "$root/tests/requirements.txt"
        fi
        python="$venv/bin/python"
        options=()
        if [ "$one" = ingestion ] && [ -n "${DOCMIND_BENCH_TORCH:-}" ]; then
            make_venv bench-torch "$root/bench/ingestion/requirements-torch.txt" && options=(--torch "$venv/bin/python")
        fi
        "$python" "bench/$one/run.py" "${options[@]}"
    done
done
