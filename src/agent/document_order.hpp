#pragma once
// "Is this message an order to compare documents, or to summarise one?" Told by its form alone: "compare A and B on X and Y", "summarise
// A", in the languages of order_words.hpp. It is one only where every document it names is a document of the library; all else is a question like any other.

#include <docmind/document_store.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// One way to read a message as an order.
struct DocumentOrder {
    bool compare = false;  ///< else: summarise
    std::string subject;   ///< the words that name the documents, in small letters
    std::vector<std::string> aspects;
};

/// The ways to read it, the likeliest first; none where it is no order.
[[nodiscard]] std::vector<DocumentOrder> read_orders(std::string_view message);

/// The documents that the words name: by their names, with or without ending, or, where `chosen` are, as "these documents". In the order of
/// the words, each once. nullopt where the words name anything else.
[[nodiscard]] std::optional<std::vector<DocumentRecord>> documents_named(std::string_view subject,
                                                                         const std::vector<DocumentRecord>& documents, bool chosen);

/// Does the message ask for several things? Several questions, or two question words with an "and" between them.
[[nodiscard]] bool has_parts(std::string_view message);

}  // namespace docmind
