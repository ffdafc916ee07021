#pragma once
// "How does one say 'compare' and 'summarise'?" The words of orders about documents, by language, in small letters.

#include <span>
#include <string_view>
#include <utility>

namespace docmind {

struct OrderWords {
    std::span<const std::string_view> courtesies;                            ///< before an order
    std::span<const std::pair<std::string_view, std::string_view>> summary;  ///< what stands before and behind the document's name
    std::span<const std::string_view> compare;                               ///< what stands before the documents' names
    std::span<const std::string_view> on;                                    ///< between the documents and the aspects
    std::span<const std::string_view> ands;                                  ///< between two aspects
    std::span<const std::string_view> between;   ///< words between the names of documents, or before them; without accents
    std::span<const std::string_view> pointers;  ///< words for the documents that are chosen; without accents
};

/// English, German, French, Spanish, Italian, Portuguese, Russian.
[[nodiscard]] std::span<const OrderWords> order_words() noexcept;

}  // namespace docmind
