#include "storage/engine/full_text.hpp"

#include "storage/engine/query_terms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

namespace docmind {
namespace {

/// Takes the limit off again on every way out.
class Limited {
  public:
    Limited(Database& database, std::stop_token stop) : database_(database) {
        database_.limit_next(std::move(stop), std::chrono::seconds(10));
    }
    ~Limited() { database_.unlimit(); }
    Limited(const Limited&) = delete;
    Limited& operator=(const Limited&) = delete;

  private:
    Database& database_;
};

// Every passage carries its document's title and its section's: a word there says less than one in the passage itself.
constexpr double title_weight = 0.5, section_weight = 0.5, text_weight = 1.0;

constexpr auto everywhere =
    "SELECT rowid, -bm25(node_text, ?, ?, ?) AS score FROM node_text WHERE node_text MATCH ? ORDER BY score DESC, rowid LIMIT ?";
constexpr auto within =
    "SELECT t.rowid, -bm25(node_text, ?, ?, ?) AS score FROM node_text t JOIN nodes n ON n.key = t.rowid WHERE node_text MATCH ? "
    "AND n.document_key IN (SELECT value FROM json_each(?)) ORDER BY score DESC, t.rowid LIMIT ?";

std::vector<TextHit> read(Query& query) {
    std::vector<TextHit> hits;
    // A word that is in more than half of all passages has next to no weight; rounded to a float it may have none.
    while (query.step()) hits.push_back({query.integer(0), std::max(static_cast<float>(query.real(1)), 1e-30F)});
    return hits;
}

}  // namespace

std::string match_expression(std::string_view text) {
    std::string expression;
    for (const std::string& term : query_terms(text)) {
        if (!expression.empty()) expression += " OR ";
        expression += '"' + term + '"';
    }
    return expression;
}

std::vector<TextHit> FullText::search(std::string_view text, std::size_t k, const std::optional<std::vector<std::int64_t>>& document_keys,
                                      std::stop_token stop) {
    const std::string expression = match_expression(text);
    if (expression.empty() || k == 0) return {};
    const Limited limited(database_, std::move(stop));
    if (!document_keys) {
        Query query(database_, everywhere, title_weight, section_weight, text_weight, expression, k);
        return read(query);
    }
    const std::string keys = fmt::format("[{}]", fmt::join(*document_keys, ","));
    Query query(database_, within, title_weight, section_weight, text_weight, expression, keys, k);
    return read(query);
}

}  // namespace docmind
