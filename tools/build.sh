#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: configures once and builds, with progress; on failure prints what the compiler said.
source "$(dirname "$0")/lib.sh"
preset="${1:-release}"
shift || true
folder="$root/build"
[ "$preset" = release ] || folder="$root/build-$preset"
export CCACHE_DIR="${CCACHE_DIR:-$cache/ccache}"
# What ccache needs to know of precompiled headers.
export CCACHE_SLOPPINESS=pch_defines,time_macros
if [ ! -f "$folder/build.ninja" ]; then
    say "Configuring the $preset build"
    # Started from the checkout, where CMakePresets.json is.
    cd "$root" && quietly "$cache/log/configure-$preset.log" "cmake --preset $preset" cmake --preset "$preset" || exit 1
fi
# Nothing to do is the common case: say nothing then.
if ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do'; then exit 0; fi
say "Building ($preset)"
ninja_with_progress "$cache/log/build-$preset.log" "compiling" -C "$folder" "$@"
