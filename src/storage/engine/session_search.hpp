#pragma once
// "In which conversation was that said?" SQLite's own full-text index (FTS5) over titles and messages, kept by triggers: it is part of
// every transaction, and conversations are too few to need the index of the passages.

#include "storage/engine/database.hpp"

#include <docmind/memory.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// What the index is asked for: every word of the text as a quoted string, the last one as a prefix. Operators, quotation marks and
/// columns of the index's own language are words like others. Empty where the text has no word.
[[nodiscard]] std::string match_expression(std::string_view text);

/// SessionStore::asearch_sessions.
[[nodiscard]] std::vector<SessionMatch> search_sessions(Database& database, std::string_view text, std::size_t limit);

}  // namespace docmind
