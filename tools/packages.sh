#!/usr/bin/env bash
# packages.sh [test]: installs the Debian packages that are missing; with `test`, those that only tests need too.
#
# Each line names a package and a probe: a command or a file that the package brings. What is present by other means
# is not installed again. Without root this prints the one command to run, and stops only if the build cannot go on.
source "$(dirname "$0")/lib.sh"

# To build and to run.
needed='
ca-certificates     /etc/ssl/certs/ca-certificates.crt
ccache              ccache
clang-19            clang++-19
cmake               cmake
lld-19              ld.lld-19
make                make
ninja-build         ninja
pkg-config          pkg-config
python3             /usr/bin/python3.11
python3-pip         /usr/lib/python3/dist-packages/pip
python3-venv        /usr/share/doc/python3-venv
unzip               unzip
libarchive-dev      /usr/include/archive.h
libbenchmark-dev    /usr/include/benchmark/benchmark.h
libcli11-dev        /usr/include/CLI/CLI.hpp
libfmt-dev          /usr/include/fmt/format.h
libgmock-dev        /usr/include/gmock/gmock.h
libgtest-dev        /usr/include/gtest/gtest.h
libgumbo-dev        /usr/include/gumbo.h
libicu-dev          /usr/include/unicode/ucnv.h
libleptonica-dev    /usr/include/leptonica/allheaders.h
libmd4c-dev         /usr/include/md4c.h
libpoppler-cpp-dev  /usr/include/poppler/cpp/poppler-document.h
libpugixml-dev      /usr/include/pugixml.hpp
libqpdf-dev         /usr/include/qpdf/QPDF.hh
libspdlog-dev       /usr/include/spdlog/spdlog.h
libstemmer-dev      /usr/include/libstemmer.h
libtesseract-dev    /usr/include/tesseract/baseapi.h
libtomlplusplus-dev /usr/include/toml++/toml.h
libuchardet-dev     /usr/include/uchardet/uchardet.h
libxxhash-dev       /usr/include/xxhash.h
poppler-data        /usr/share/poppler/cMap
prometheus-cpp-dev  /usr/include/prometheus/registry.h
tesseract-ocr-eng   /usr/share/tesseract-ocr/5/tessdata/eng.traineddata
'

# To format and check the code, and to run the tests.
for_tests='
chromium            chromium
clang-format-19     clang-format-19
clang-tidy-19       clang-tidy-19
curl                curl
fonts-dejavu-core   /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
git                 git
libclang-rt-19-dev  /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.asan-x86_64.a
poppler-utils       pdftotext
procps              ps
qpdf                qpdf
r-doc-pdf           /usr/share/R/doc/manual/R-intro.pdf
'

# missing LIST: the packages of LIST whose probe fails.
missing() {
    local package probe
    while read -r package probe; do
        case "$probe" in
            '') ;;
            /*) [ -e "$probe" ] || printf '%s\n' "$package" ;;
            *) command -v "$probe" >/dev/null || printf '%s\n' "$package" ;;
        esac
    done <<<"$1"
}

wanted() {
    missing "$needed"
    [ "${1:-}" != test ] || missing "$for_tests"
}

install() {
    local as_root="$1"
    shift
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends install "$@")
    # The package lists may be absent (a fresh image) or old: read them anew only where that shows.
    # shellcheck disable=SC2086  # as_root is empty or "sudo -n"
    $as_root "${apt[@]}" >"$cache/log/apt.log" 2>&1 </dev/null && return 0
    quietly "$cache/log/apt-update.log" "apt-get update" $as_root apt-get -q update || return 1
    quietly "$cache/log/apt.log" "apt-get install" $as_root "${apt[@]}"
}

mapfile -t packages < <(wanted "$@")
[ "${#packages[@]}" -eq 0 ] && exit 0
command -v apt-get >/dev/null || fail "not a Debian system, and these are missing: ${packages[*]}"

as_root=none
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
fi

mkdir -p "$cache/log"
if [ "$as_root" = none ]; then
    warn "root is needed once; run: sudo apt-get install -y --no-install-recommends ${packages[*]}"
else
    say "Installing ${#packages[@]} Debian packages: ${packages[*]}"
    install "$as_root" "${packages[@]}" || warn "not every package could be installed"
fi

mapfile -t packages < <(missing "$needed")
[ "${#packages[@]}" -eq 0 ] || fail "cannot go on without: ${packages[*]}"
