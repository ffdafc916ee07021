#pragma once
// "What was said, and in which branch?" The messages of conversations with their citations and judged sentences.

#include "storage/engine/database.hpp"
#include "storage/engine/message_tree.hpp"

#include <docmind/memory.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace docmind {

class MessageTable {
  public:
    explicit MessageTable(Database& database) : database_(database) {}

    /// Where it stands in the tree is added to `message`. Errors: invalid_argument (its parent is no message of the conversation).
    void append(std::int64_t session_key, StoredMessage& message);
    [[nodiscard]] std::vector<StoredMessage> active_path(std::int64_t session_key);
    /// From the beginning to this message; empty where the conversation has none of that id.
    [[nodiscard]] std::vector<StoredMessage> path_to(std::int64_t session_key, const std::string& message_id);
    [[nodiscard]] std::vector<StoredMessage> all(std::int64_t session_key);
    /// False where the conversation has no such message.
    bool choose(std::int64_t session_key, const std::string& message_id);
    void set_summary(const std::string& message_id, const std::string& summary);

  private:
    [[nodiscard]] MessageTree tree(std::int64_t session_key);
    [[nodiscard]] std::vector<StoredMessage> read(const MessageTree& tree, const std::vector<const MessageTree::Row*>& rows);
    [[nodiscard]] StoredMessage read(std::int64_t key);
    void choose(std::int64_t session_key, const std::vector<const MessageTree::Row*>& path);
    void insert_details(std::int64_t key, const StoredMessage& message);

    Database& database_;
};

}  // namespace docmind
