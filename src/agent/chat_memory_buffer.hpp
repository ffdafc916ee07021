#pragma once
// "Which turns does the model still see?" The last ones that fit a token budget, oldest first. Keeps nothing: SessionStore does.

#include <docmind/memory.hpp>

#include <cstddef>
#include <vector>

namespace docmind {

class ChatMemoryBuffer {
  public:
    struct Params {
        std::size_t token_limit = 1024;
        std::size_t max_message_bytes = 2000;  ///< longer messages are shortened at a character's end
    };
    explicit ChatMemoryBuffer(Params params) : params_(params) {}

    /// The last messages within the limit. It begins with a question: an answer without its question is left out.
    [[nodiscard]] std::vector<ChatMessage> get(const std::vector<StoredMessage>& messages) const;

  private:
    Params params_;
};

}  // namespace docmind
