#pragma once
// "Which file is which document?" The remembered files of one folder, and the other way round.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ingestion/folder_tree.hpp"
#include "ingestion/watch_target.hpp"

namespace docmind {

class WatchedFiles {
  public:
    explicit WatchedFiles(std::vector<WatchedFile> files) {
        for (WatchedFile& file : files) hold(std::move(file));
    }

    [[nodiscard]] const WatchedFile* find(const std::string& path) const {
        const auto found = by_path_.find(path);
        return found == by_path_.end() ? nullptr : &found->second;
    }
    /// Adds or replaces.
    void hold(WatchedFile file) {
        drop(file.path);
        if (!file.document_id.empty()) paths_of_[file.document_id].insert(file.path);
        std::string path = file.path;
        by_path_.emplace(std::move(path), std::move(file));
    }
    void drop(const std::string& path) {
        const auto found = by_path_.find(path);
        if (found == by_path_.end()) return;
        if (const auto paths = paths_of_.find(found->second.document_id); paths != paths_of_.end()) {
            paths->second.erase(path);
            if (paths->second.empty()) paths_of_.erase(paths);
        }
        by_path_.erase(found);
    }
    /// How many paths have this document.
    [[nodiscard]] std::size_t count(const std::string& document_id) const {
        const auto found = paths_of_.find(document_id);
        return found == paths_of_.end() ? 0 : found->second.size();
    }
    /// One of them.
    [[nodiscard]] std::optional<std::string> path_of(const std::string& document_id) const {
        const auto found = paths_of_.find(document_id);
        if (found == paths_of_.end()) return std::nullopt;
        return *found->second.begin();
    }
    [[nodiscard]] std::vector<KnownFile> known() const {
        std::vector<KnownFile> all;
        all.reserve(by_path_.size());
        for (const auto& [path, file] : by_path_) all.push_back({.path = path, .size = file.size, .mtime_ns = file.mtime_ns});
        return all;
    }

  private:
    std::unordered_map<std::string, WatchedFile> by_path_;
    std::unordered_map<std::string, std::set<std::string>> paths_of_;
};

}  // namespace docmind
