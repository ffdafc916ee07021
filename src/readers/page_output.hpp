#pragma once
// The way of a format's pages to the sink.

#include "readers/format_reader.hpp"

#include <cstdint>
#include <string_view>

namespace docmind {

/// Answers "what number has the next page, and was there any text?" Sanitizes the pages.
class PageOutput {
  public:
    PageOutput(const ReadOptions& options, const DocumentSink& sink) : options_(&options), sink_(&sink) {}

    /// Gives the page the next number and passes it on. Errors: too_large, with the number of pages or the length of one.
    void put(Page page);
    [[nodiscard]] std::uint32_t count() const { return count_; }
    /// Error: empty_document where no page had text. `what`: "document", "presentation", ...
    void finish(std::string_view what) const;

  private:
    const ReadOptions* options_;
    const DocumentSink* sink_;
    std::uint32_t count_ = 0;
    bool has_text_ = false;
};

}  // namespace docmind
