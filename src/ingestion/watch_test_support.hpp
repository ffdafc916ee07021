#pragma once
// For tests of watched folders: a real folder, what a person does in it, and a library that notes what it is asked.

#include <stdlib.h>
#include <docmind/error.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "async/deadline.hpp"
#include "ingestion/folder_watch.hpp"
#include "ingestion/watch_target.hpp"

namespace docmind::test {

namespace fs = std::filesystem;

class WatchedTestFolder {
  public:
    WatchedTestFolder() {
        std::string name = (fs::temp_directory_path() / "docmind-watch-XXXXXX").string();
        base_ = ::mkdtemp(name.data());
        fs::create_directory(root());
    }
    ~WatchedTestFolder() {
        std::error_code ignored;
        fs::remove_all(base_, ignored);
    }
    WatchedTestFolder(const WatchedTestFolder&) = delete;
    WatchedTestFolder& operator=(const WatchedTestFolder&) = delete;

    [[nodiscard]] fs::path root() const { return base_ / "watched"; }
    [[nodiscard]] fs::path outside() const { return base_; }
    [[nodiscard]] std::string path(const std::string& name) const { return (root() / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream file(root() / name, std::ios::binary | std::ios::trunc);
        file << text;
    }
    /// A file that nobody has touched for a while.
    void write_old(const std::string& name, const std::string& text) const {
        write(name, text);
        fs::last_write_time(root() / name, fs::file_time_type::clock::now() - std::chrono::hours(1));
    }

  private:
    fs::path base_;
};

/// The defaults, faster.
inline FolderWatch::Params quick_watch() {
    using namespace std::chrono_literals;
    FolderWatch::Params params;
    params.settle = 200ms;
    params.closed = 30ms;
    params.repeat = 0ms;
    params.rescan = 300ms;
    params.away = 100ms;
    return params;
}

/// A library of files whose text is the document. Text that begins with "broken" is never readable.
class FakeTarget final : public WatchTarget {
  public:
    Task<std::string> aput(std::filesystem::path path, std::optional<std::string> previous) override {
        ++puts;
        ++running;
        most_at_once = std::max(most_at_once, running);
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        const bool there = fs::exists(path);
        const auto time = put_time;
        co_await sleep_for(time);
        --running;
        if (!there) throw Error(errc::not_found, "There is no file " + path.string() + ".");
        if (full) throw Error(errc::storage_full, "No space left.");
        if (text.str().starts_with("broken")) throw Error(errc::corrupt, "The bytes are damaged.");
        std::string id;
        for (const auto& [other, document] : documents) {
            if (document.text == text.str()) id = other;
        }
        if (id.empty()) {
            id = "d" + std::to_string(++ids);
            documents[id] = {.text = text.str(), .name = path.filename().string()};
        }
        if (previous && *previous != id) {
            replaced.push_back(*previous);
            documents.erase(*previous);
        }
        co_return id;
    }
    Task<> aremove(std::string document_id) override {
        ++removes;
        co_await sleep_for(remove_time);
        documents.erase(document_id);
    }
    Task<> arename(std::string document_id, std::filesystem::path path) override {
        co_await yield_now();
        if (documents.contains(document_id)) documents[document_id].name = path.filename().string();
    }
    Task<std::vector<WatchedFile>> alist(std::string root) override {
        co_await yield_now();
        std::vector<WatchedFile> all;
        for (const auto& [path, file] : remembered) {
            if (file.root == root) all.push_back(file);
        }
        co_return all;
    }
    Task<> aremember(WatchedFile file) override {
        co_await yield_now();
        remembered[file.path] = file;
    }
    Task<> aforget(std::string, std::string path) override {
        co_await yield_now();
        remembered.erase(path);
    }

    /// The texts of all documents.
    [[nodiscard]] std::multiset<std::string> texts() const {
        std::multiset<std::string> all;
        for (const auto& [id, document] : documents) all.insert(document.text);
        return all;
    }
    [[nodiscard]] std::string id_of(const std::string& path) const {
        const auto found = remembered.find(path);
        return found == remembered.end() ? "(none)" : found->second.document_id;
    }

    struct Document {
        std::string text, name;
    };
    std::map<std::string, Document> documents;
    std::map<std::string, WatchedFile> remembered;
    std::vector<std::string> replaced;
    std::chrono::milliseconds put_time{1}, remove_time{1};
    bool full = false;
    int puts = 0, removes = 0, running = 0, most_at_once = 0, ids = 0;
};

/// Waits until the condition holds; false when it does not in 15 s.
inline Task<bool> becomes_true(std::function<bool()> condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > give_up) co_return false;
        co_await sleep_for(std::chrono::milliseconds(5));
    }
    co_return true;
}

}  // namespace docmind::test
