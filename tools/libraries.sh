#!/usr/bin/env bash
# libraries.sh: the C++ libraries that Debian has not, or has too old, into cache/deps:
#   boost-V/cmeel.prefix, openvino-V/openvino, openvino-tokenizers-V/openvino_tokenizers, sqlite-V/{sqlite3.c,sqlite3.h}
# cmake/Dependencies.cmake reads them there.
source "$(dirname "$0")/lib.sh"

unpack_wheel boost "deps/boost-$boost_version"
unpack_wheel openvino "deps/openvino-$openvino_version"
unpack_wheel openvino_tokenizers "deps/openvino-tokenizers-$openvino_tokenizers_version"

sqlite_home="$cache/deps/sqlite-$sqlite_version"
if [ ! -d "$sqlite_home" ]; then
    new_scratch
    if ! have_download "$better_sqlite3_file" "$better_sqlite3_sha256"; then
        say "Downloading the SQLite $sqlite_version amalgamation"
        use_node
        (cd "$scratch" && quietly "$cache/log/npm.log" "npm pack" npm pack --silent "better-sqlite3@$better_sqlite3_version") ||
            fail "could not download better-sqlite3 $better_sqlite3_version: see above"
        keep_download "$scratch" "$better_sqlite3_file" "$better_sqlite3_sha256"
    fi
    mkdir "$scratch/sqlite"
    tar -xzf "$cache/dl/$better_sqlite3_file" -C "$scratch/sqlite" --strip-components 3 \
        package/deps/sqlite3/sqlite3.c package/deps/sqlite3/sqlite3.h
    publish "$scratch/sqlite" "$sqlite_home"
fi
