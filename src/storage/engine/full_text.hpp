#pragma once
// "Which passages hold these words?" FTS5 behind a door that lets no query syntax through.

#include "storage/engine/database.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct TextHit {
    std::int64_t node_key = 0;
    float score = 0;  ///< BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.75, as in FTS5), > 0, higher is better
};

/// Any text as an FTS5 expression: its words quoted and OR-ed. Empty where it has no word.
[[nodiscard]] std::string match_expression(std::string_view text);

class FullText {
  public:
    explicit FullText(Database& database) : database_(database) {}

    /// The `k` best passages that hold one of the words of `text`, best first, the older first among equals. Only nodes of `document_keys`
    /// where given. Errors: timeout (10 s or stop requested).
    [[nodiscard]] std::vector<TextHit> search(std::string_view text, std::size_t k,
                                              const std::optional<std::vector<std::int64_t>>& document_keys, std::stop_token stop);

  private:
    Database& database_;
};

}  // namespace docmind
