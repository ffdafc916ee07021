#pragma once
// "Which messages are read, one after the other?" The tree of one conversation, without its words: a value, made from the rows.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class MessageTree {
  public:
    struct Row {
        std::int64_t key = 0;
        std::int64_t parent_key = 0;  ///< 0: it begins the conversation
        bool chosen = false;          ///< among those with the same parent
        std::string id;
    };
    /// `rows`: of one conversation, by key, so that each stands after its parent.
    explicit MessageTree(std::vector<Row> rows) : rows_(std::move(rows)) {}

    [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }
    [[nodiscard]] const Row* find(std::string_view id) const;
    /// The chosen message of the beginning, the one chosen after it, and so on.
    [[nodiscard]] std::vector<const Row*> active_path() const;
    /// From the beginning to `last`.
    [[nodiscard]] std::vector<const Row*> path_to(const Row& last) const;
    /// Ids of all messages with the same parent, by key.
    [[nodiscard]] std::vector<std::string> siblings(const Row& row) const;
    /// Empty where it begins the conversation.
    [[nodiscard]] std::string parent_id(const Row& row) const;

  private:
    [[nodiscard]] const Row* with_key(std::int64_t key) const;

    std::vector<Row> rows_;
};

}  // namespace docmind
