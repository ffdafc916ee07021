#pragma once
// "Here are the bytes of a file: what is its text, page by page?" The format readers, one function each. They are synchronous, know no
// process, and run inside docmind-worker only: the bytes are a stranger's.

#include "readers/read_options.hpp"

#include <docmind/node.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace docmind {

/// Where a format reader puts what it finds: `document` once and first, then the pages in order, numbered from 1.
struct DocumentSink {
    std::function<void(std::string media_type, Metadata metadata)> document;
    std::function<void(Page page)> page;
    std::function<void(std::uint32_t pages)> expected;  ///< before `document`, where the number of pages is known; may be left out
    std::function<void(Metadata facts)> facts;          ///< metadata that is known only at the end; may be left out

    void expect(std::uint32_t pages) const {
        if (expected) expected(pages);
    }
    void add_facts(Metadata metadata) const {
        if (facts) facts(std::move(metadata));
    }
};

/// Finds out what the bytes are and reads them. The pages given to the sink are sanitized (see text_sanitizer.hpp). Name and media type
/// are hints: they choose between kinds of text, never against the content.
/// Errors: empty_document, unsupported, encrypted, corrupt, too_large. Pages may have been given to the sink before an error.
void read_document(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                   const DocumentSink& sink);

/// The formats for people, as they stand in messages: "PDF, plain text, ...".
[[nodiscard]] std::string_view readable_formats() noexcept;

}  // namespace docmind
