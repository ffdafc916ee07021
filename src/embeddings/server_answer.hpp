#pragma once
// "What did a model server say, and what does its refusal mean to the user?" What the answers of all its endpoints share, as values: knows
// no socket. Internal to embeddings/.

#include <docmind/error.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// A server as messages speak of it.
struct ServerName {
    std::string section;  ///< of the settings: embedding, reranker
    std::string gives;    ///< embeddings, reranking
    std::string root;     ///< its address
    std::string model;    ///< may be empty
};
/// "The embedding server at http://127.0.0.1:11434/v1".
[[nodiscard]] std::string server_words(const ServerName& name);

/// An object or an array, of at most 16 levels; nothing where it is neither. NaN and infinities, as Python writes them, are numbers.
[[nodiscard]] std::optional<boost::json::value> parse_answer(std::string_view body, boost::json::storage_ptr storage = {});
/// A member that is text; empty where it is none.
[[nodiscard]] std::string_view text_of(const boost::json::object& object, std::string_view key);
/// The member "index" of an entry. Errors: backend (there is none, or not below `count`).
[[nodiscard]] std::size_t index_of(const boost::json::object& entry, std::size_t count, const std::string& section);
/// One printable line of at most `max_bytes`: it is shown to people and written to logs.
[[nodiscard]] std::string printable_line(std::string_view text, std::size_t max_bytes);
/// What the "error" of an answer says; empty where there is none.
[[nodiscard]] std::string error_text(const boost::json::object& root);
/// The answer cannot be used, because `what`.
[[nodiscard]] Error unusable(const std::string& section, const std::string& what);

/// What the body of a refusal says, as one line of at most 300 bytes; empty where it says nothing readable.
[[nodiscard]] std::string parse_refusal(std::string_view body);
/// Whether a refusal is about the size of the texts or their number: fewer or shorter ones may be accepted. `said`: the server's words.
[[nodiscard]] bool is_about_size(int status, std::string_view said);
/// What a status other than 200 means to the user. `said`: the server's own words, may be empty.
[[nodiscard]] Error refusal(int status, const ServerName& name, const std::string& said);

/// The text as it is sent, well-formed. Servers refuse one without anything to read: such a one is ".".
[[nodiscard]] std::string presentable(const std::string& text);
/// The first half, to a whole character.
void cut_in_half(std::string* text);
/// The texts as the inside of a JSON array.
[[nodiscard]] std::string quoted_texts(const std::vector<std::string>& texts);

}  // namespace docmind
