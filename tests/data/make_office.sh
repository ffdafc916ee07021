#!/usr/bin/env bash
# make_office.sh: makes tests/data/corpus/office anew from tests/data/office, with LibreOffice and pandoc. The results are committed: tests
# read them, and need neither program. What a reader must make of them stands in the .txt of the same name, a form feed between pages.
#
# Needs (Debian): libreoffice-writer libreoffice-calc libreoffice-impress pandoc zip
set -euo pipefail
cd "$(dirname "$0")"
# The dates in what pandoc makes.
export SOURCE_DATE_EPOCH=1700000000
out="$PWD/corpus/office"
profile="$(mktemp -d)"
trap 'rm -rf "$profile"' EXIT

office() { # office SOURCE FORMAT...
    local source="$1" format
    shift
    for format in "$@"; do
        soffice --headless "-env:UserInstallation=file://$profile" --convert-to "$format" --outdir "$out" "$source" >/dev/null 2>&1
    done
}

office office/report.fodt docx odt rtf
office office/sheet.fods xlsx ods
office office/slides.fodp pptx odp
for format in docx odt epub rtf pptx; do
    pandoc --standalone --output "$out/article.$format" office/article.md
done

# The same files, packed.
packed="$(mktemp -d)"
trap 'rm -rf "$profile" "$packed"' EXIT
mkdir -p "$packed/Gärten"
cp "$out/report.docx" "$packed/Gärten/"
cp "$out/sheet.ods" office/article.md "$packed/"
printf '\0\1\2' >"$packed/picture.bin"
(cd "$packed" && rm -f "$out/mixed.zip" && zip -q -r "$out/mixed.zip" . && tar -cJf "$out/mixed.tar.xz" .)
gzip -9 -c office/article.md >"$out/article.md.gz"
