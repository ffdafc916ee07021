#!/usr/bin/env bash
# make_pdf.sh: makes tests/data/corpus/pdf with LibreOffice, poppler, ImageMagick, libtiff and qpdf. The result is kept in the repository;
# this is how it came about. Every X.pdf and scan has its truth in a text file: "=== page N" and then what a person reads on that page.
set -euo pipefail
cd "$(dirname "$0")/corpus/pdf"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

python3 ../../make_pdf.py "$work" .
for name in report paper; do
    soffice -env:UserInstallation="file://$work/profile" --headless --convert-to \
        'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"true"}}' --outdir . "$work/$name.fodt" >/dev/null
done

# What a flatbed scanner gives: 200 dots per inch, a little noise, black and white or grey.
convert=/usr/bin/convert
pdftoppm -r 200 -gray -f 1 -l 2 report.pdf "$work/page"
for page in "$work"/page-*.pgm; do
    $convert "$page" -attenuate 0.4 +noise Gaussian -blur 0x0.5 -density 200 -units PixelsPerInch "${page%.pgm}.png"
done
$convert "$work"/page-*.png -threshold 62% -compress Group4 scan.tif
$convert "$work"/page-1.png -threshold 62% -define png:compression-level=9 scan.png
$convert "$work"/page-1.png -resize 75% -density 150 -quality 35 scan.jpg
$convert "$work"/page-1.png -resize 75% -density 150 -quality 30 scan.webp
$convert "$work"/page-1.png -threshold 62% scan.gif
$convert "$work"/page-1.png -threshold 62% -rotate 90 sideways.png
$convert "$work"/page-1.png -background white -rotate 2.2 +repage -threshold 62% askew.png
tiff2pdf -o scan.pdf scan.tif
# A scanned page between two others.
qpdf --empty --pages report.pdf 1 scan.pdf 2 report.pdf 3 -- mixed.pdf
ls -l
