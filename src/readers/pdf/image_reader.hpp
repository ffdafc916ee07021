#pragma once
// PNG, JPEG, TIFF, WebP, GIF and BMP: what text recognition finds in them. Each picture of a TIFF file is a page.

#include "readers/format_reader.hpp"

#include <string>
#include <string_view>

namespace docmind {

/// Size and resolution are those of the picture; one that has no resolution counts as an A4 page. Metadata: ocr, ocr_confidence.
/// Errors: unsupported (recognition is off, or a language's data is missing), too_large (pixels, pages), corrupt, empty_document.
void read_image(std::string_view bytes, const std::string& media_type, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
