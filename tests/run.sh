#!/usr/bin/env bash
# run.sh SUITE: unit | layers | e2e | browser | sanitize | all. Each suite's own runner prints its closing lines; the last
# lines here say which suites passed. Every suite runs even where an earlier one failed.
source "$(dirname "$0")/../tools/lib.sh"
cd "$root"
results=()
failed=0

# suite NAME COMMAND...: runs one suite and remembers how it ended.
suite() {
    local name="$1" start=$SECONDS
    shift
    say "Tests: $name"
    if "$@" </dev/null; then
        results+=("passed  $name ($((SECONDS - start)) s)")
    else
        results+=("FAILED  $name ($((SECONDS - start)) s)")
        failed=1
    fi
}

unit() {
    bash "$tools/build.sh" release unit_tests || return 1
    ctest --test-dir build -L unit --output-on-failure -j 2
}

# The black-box tests' Python. Made before pytest runs, so that its output is its own.
with_pytest() {
    make_venv tests "$root/tests/requirements.txt" || return 1
    # A suite that has no tests yet counts as passed (pytest's exit code 5).
    PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" -m pytest -q -p no:cacheprovider --durations=5 "$@"
}

browser() {
    use_node
    bash "$tools/web.sh" browser || return 1
    (cd tests/browser && npm test --silent)
}

page() {
    use_node
    bash "$tools/web.sh" || return 1
    npm --prefix web test --silent
}

sanitize() {
    local preset
    for preset in asan tsan; do
        bash "$tools/build.sh" "$preset" unit_tests || return 1
        ctest --test-dir "build-$preset" -L unit --output-on-failure -j 2 || return 1
    done
}

case "${1:-all}" in
unit) suite unit unit ;;
layers) suite layers with_pytest tests/layers ;;
e2e) suite black-box with_pytest tests/e2e ;;
page) suite page page ;;
browser) suite browser browser ;;
sanitize) suite sanitizers sanitize ;;
all)
    suite unit unit
    suite layers with_pytest tests/layers
    suite black-box with_pytest tests/e2e
    suite page page
    suite browser browser
    suite sanitizers sanitize
    ;;
*) fail "unknown suite $1: unit, layers, e2e, page, browser, sanitize or all" ;;
esac

printf '\n'
printf '%s\n' "${results[@]}"
[ "$failed" -eq 0 ] && say "All suites passed." || say "Some suites failed: see above."
exit "$failed"
