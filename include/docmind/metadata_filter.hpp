#pragma once
// "Which documents may a search look in?" Conditions on what is known of a document: its type, its place, what its reader found.
//
//   type=pdf   author*=smith   created>=2024-03   folder=/home/me/papers   language!=de   type=pdf|docx

#include <docmind/node.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct DocumentRecord;

enum class FilterOperator {
    equal,          ///< =
    not_equal,      ///< !=, also of documents that do not have the fact
    begins,         ///< ^=
    contains,       ///< *=
    less,           ///< <
    less_equal,     ///< <=
    greater,        ///< >
    greater_equal,  ///< >=
};

/// One condition. It holds where one of the values fits; of `not_equal`, where none does. Capital ASCII letters are as small ones.
struct MetadataFilter {
    /// type: the ending of the file's name, or its media type. name: the file's. source: the path of the file it follows. folder: a folder
    /// that this path lies in, at any depth (equal and not_equal only). added: when it came into the library. All others: the document's
    /// metadata of that name, as its reader stored them (author, title, language, created, modified, ...).
    std::string key;
    FilterOperator op = FilterOperator::equal;
    /// At least one, none of them empty. Of added, created and modified, and with less to greater_equal: RFC 3339 or the beginning of it
    /// ("2024", "2024-03"), which stands for all of that time.
    std::vector<std::string> values;
};

/// "key OP value|value". Errors: invalid_argument (no operator, no key, no value, an operator or a value that does not fit the key).
[[nodiscard]] MetadataFilter parse_filter(std::string_view text);
/// The way back.
[[nodiscard]] std::string to_string(const MetadataFilter& filter);
/// Errors: invalid_argument (as parse_filter; more than 32 filters or 64 values of one).
void check_filters(const std::vector<MetadataFilter>& filters);

/// Whether values of these keys are points in time, of which a filter may name the beginning: added, created, modified.
[[nodiscard]] bool is_time(std::string_view key) noexcept;
/// Whether all of them hold for the document.
[[nodiscard]] bool matches(const std::vector<MetadataFilter>& filters, const DocumentRecord& document);

}  // namespace docmind
