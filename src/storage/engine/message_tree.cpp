#include "storage/engine/message_tree.hpp"

#include <algorithm>

namespace docmind {

const MessageTree::Row* MessageTree::with_key(std::int64_t key) const {
    const auto found = std::ranges::lower_bound(rows_, key, {}, &Row::key);
    return found == rows_.end() || found->key != key ? nullptr : &*found;
}

const MessageTree::Row* MessageTree::find(std::string_view id) const {
    const auto found = std::ranges::find(rows_, id, &Row::id);
    return found == rows_.end() ? nullptr : &*found;
}

std::vector<const MessageTree::Row*> MessageTree::active_path() const {
    std::vector<const Row*> path;
    std::int64_t parent = 0;
    for (const Row& row : rows_) {
        if (!row.chosen || row.parent_key != parent) continue;
        path.push_back(&row);
        parent = row.key;
    }
    return path;
}

std::vector<const MessageTree::Row*> MessageTree::path_to(const Row& last) const {
    std::vector<const Row*> path;
    for (const Row* row = &last; row != nullptr; row = with_key(row->parent_key)) path.push_back(row);
    std::ranges::reverse(path);
    return path;
}

std::vector<std::string> MessageTree::siblings(const Row& row) const {
    std::vector<std::string> ids;
    for (const Row& other : rows_) {
        if (other.parent_key == row.parent_key) ids.push_back(other.id);
    }
    return ids;
}

std::string MessageTree::parent_id(const Row& row) const {
    const Row* const parent = with_key(row.parent_key);
    return parent == nullptr ? std::string() : parent->id;
}

}  // namespace docmind
