#pragma once
// What a reader is asked to do with a document, and where it stops. Every limit is a setting, and an error names it.

#include <cstdint>
#include <string>

namespace docmind {

enum class OcrStrategy : std::uint32_t {
    automatic,  ///< a page without usable text is recognised
    fast,       ///< never: only the text that is in the file
    ocr,        ///< every page is recognised, whatever text it has
};

struct ReadOptions {
    OcrStrategy ocr = OcrStrategy::automatic;                     ///< ingestion.ocr
    std::string languages = "eng";                                ///< ingestion.languages: tesseract's names, "+" between them
    std::uint32_t max_pages = 10'000;                             ///< ingestion.max_pages
    std::uint64_t max_expanded_bytes = std::uint64_t{256} << 20;  ///< ingestion.max_expanded_bytes: of all that is packed in one file
    std::uint32_t max_expansion_ratio = 200;                      ///< ingestion.max_expansion_ratio: counted after the first MiB
    std::uint32_t max_archive_depth = 2;                          ///< ingestion.max_archive_depth: archives within archives
    std::uint32_t max_archive_entries = 10'000;                   ///< ingestion.max_archive_entries
    std::uint64_t max_image_pixels = 50'000'000;                  ///< ingestion.max_image_pixels: of one image or rendered page
    std::uint64_t max_cells = 2'000'000;                          ///< ingestion.max_cells: of one workbook
};

}  // namespace docmind
