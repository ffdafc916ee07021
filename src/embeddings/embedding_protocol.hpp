#pragma once
// "How do I ask a server of the OpenAI interface for vectors, and what did it answer?" Bodies as values: knows no socket.

#include <docmind/node.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// How vectors are written in an answer: as numbers, or as base64 of their floats, which is shorter and quicker to write and to read.
/// Servers that do not know base64 write numbers all the same, or refuse.
enum class VectorFormat { numbers, base64 };

/// The JSON of a request. Without a model's name the server uses the one it has. Texts are UTF-8.
[[nodiscard]] std::string embedding_body(const std::string& model, const std::vector<std::string>& texts, VectorFormat format);

/// The `count` vectors in an answer, in either format, in the order of the texts and of unit length. `dimension` 0: any, but one for all.
/// Errors: backend (no JSON, an error object, an index that is missing, twice or out of range, too few vectors, another dimension, a
/// vector that is zero or has members that are no numbers).
[[nodiscard]] std::vector<Vector> parse_embeddings(std::string_view body, std::size_t count, std::size_t dimension);

/// What the server calls its model in an answer; empty where it does not say.
[[nodiscard]] std::string parse_model_name(std::string_view body);

}  // namespace docmind
