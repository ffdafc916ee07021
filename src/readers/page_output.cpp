#include "readers/page_output.hpp"

#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <limits>
#include <string>
#include <utility>

namespace docmind {

void PageOutput::put(Page page) {
    if (count_ == options_->max_pages)
        throw Error(errc::too_large, "This file has more than " + std::to_string(options_->max_pages) +
                                         " pages (ingestion.max_pages). Split it into smaller files.");
    if (page.text.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error(errc::too_large, "A page of this file has over 4 GiB of text. Split it into smaller files.");
    page.number = static_cast<int>(++count_);
    sanitize(page);
    has_text_ = has_text_ || page.text.find_first_not_of(" \t\n") != std::string::npos;
    sink_->page(std::move(page));
}

void PageOutput::finish(std::string_view what) const {
    if (!has_text_) throw Error(errc::empty_document, "There is no text in this " + std::string(what) + ".");
}

}  // namespace docmind
