#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <optional>

#include "async/deadline.hpp"
#include "async/when_all.hpp"
#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// What is to be ingested: a file, or one line of a .jsonl file.
struct Item {
    fs::path path;
    std::string name;
    std::optional<TextDocument> text;
};

struct Tally {
    std::size_t total = 0, finished = 0, failed = 0, duplicates = 0;
    ProgressLine* progress = nullptr;
    bool json = false;
};

std::vector<Item> read_jsonl(const fs::path& path, std::istream& in) {
    std::vector<Item> items;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        TextDocument document;
        try {
            const json::value value = parse_json(line);
            const json::object& object = value.as_object();
            const auto text_of = [&](std::string_view name) {
                const json::value* member = object.if_contains(name);
                return member && member->is_string() ? std::string(member->get_string()) : std::string();
            };
            document = {.id = text_of("id"), .title = text_of("title"), .text = text_of("text")};
        } catch (const std::exception& error) {
            throw Error(errc::invalid_argument,
                        fmt::format("{}:{}: expected {{\"id\",\"title\",\"text\"}}: {}", path.string(), number, error.what()));
        }
        if (document.id.empty()) throw Error(errc::invalid_argument, fmt::format("{}:{}: the line has no \"id\".", path.string(), number));
        std::string name = document.title.empty() ? document.id : document.title;
        items.push_back({.path = path, .name = std::move(name), .text = std::move(document)});
    }
    return items;
}

/// Standard input as a file, so that it takes the same way as every other.
fs::path spool_stdin() {
    std::string name = (fs::temp_directory_path() / "docmind-stdin-XXXXXX").string();
    const int fd = mkstemp(name.data());
    if (fd < 0) throw Error(errc::storage, "Cannot write a temporary file for standard input.");
    char buffer[65536];
    for (ssize_t got = 0; (got = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
        if (::write(fd, buffer, static_cast<std::size_t>(got)) != got) {
            ::close(fd);
            ::unlink(name.c_str());
            throw Error(errc::storage_full, "Cannot write a temporary file for standard input.");
        }
    }
    ::close(fd);
    return name;
}

std::vector<Item> items_of(const IngestOptions& options) {
    std::vector<Item> items;
    std::vector<std::string> paths;
    for (const std::string& path : options.paths) {
        if (path != "-") {
            paths.push_back(path);
            continue;
        }
        items.push_back({.path = spool_stdin(), .name = "stdin"});
    }
    for (const fs::path& path : expand_paths(paths, options.recursive)) {
        if (path.extension() == ".jsonl") {
            std::ifstream in(path);
            if (!in) throw Error(errc::storage, "Cannot read " + path.string() + ".");
            std::ranges::move(read_jsonl(path, in), std::back_inserter(items));
        } else {
            items.push_back({.path = path, .name = path.filename().string()});
        }
    }
    return items;
}

void report(Tally& tally, const Item& item, const DocumentRecord& record, bool duplicate) {
    ++tally.finished;
    tally.duplicates += duplicate ? 1 : 0;
    const bool ok = record.status == DocumentStatus::ready;
    if (!ok) ++tally.failed;
    if (tally.json) {
        json::object line = to_json(record);
        line["path"] = item.path.string();
        line["duplicate"] = duplicate;
        tally.progress->clear();
        fmt::print("{}\n", json::serialize(line));
        std::fflush(stdout);
    } else if (!ok) {
        tally.progress->clear();
        fmt::print(stderr, "{}: {}\n", item.name, record.error.empty() ? std::string(to_string(record.status)) : record.error);
    } else if (!item.text && !stderr_is_terminal()) {
        fmt::print(stderr, "{}: {}, {}{}\n", item.name, counted(record.pages, "page"), counted(record.nodes, "passage"),
                   duplicate ? " (was there already)" : "");
    }
}

Task<DocumentRecord> follow(Library* library, DocumentRecord record, Tally* tally) {
    while (record.status == DocumentStatus::queued || record.status == DocumentStatus::processing) {
        const double done = (static_cast<double>(tally->finished) + record.progress) / static_cast<double>(tally->total);
        tally->progress->show(done, fmt::format("{} of {} · {} {}", tally->finished, tally->total, record.name, to_string(record.stage)));
        co_await sleep_for(std::chrono::milliseconds(100));
        record = co_await library->aget(record.id);
    }
    co_return record;
}

Task<> ingest_one(Library* library, const Item* item, Tally* tally) {
    DocumentRecord record{.name = item->name};
    bool duplicate = false;
    try {
        if (item->text && item->text->text.empty() && item->text->title.empty()) {
            // A line without words holds nothing that could be lost.
            tally->progress->clear();
            fmt::print(stderr, "{}: document {} has no text: skipped\n", item->path.string(), item->text->id);
            ++tally->finished;
            co_return;
        }
        if (item->text) {
            record = co_await library->aput_text(*item->text);
        } else {
            auto submitted = co_await library->asubmit_file(item->path, item->name);
            duplicate = submitted.second;
            record = co_await follow(library, std::move(submitted.first), tally);
        }
    } catch (const Error& error) {
        record.status = DocumentStatus::failed;
        record.error = error.what();
        record.error_code = to_string(error.code());
    }
    report(*tally, *item, record, duplicate);
    tally->progress->show(static_cast<double>(tally->finished) / static_cast<double>(tally->total),
                          fmt::format("{} of {}", tally->finished, tally->total));
}

}  // namespace

std::vector<fs::path> expand_paths(const std::vector<std::string>& paths, bool recursive) {
    std::vector<fs::path> files;
    const auto add_folder = [&](const fs::path& folder) {
        std::vector<fs::path> found;
        const auto consider = [&](const fs::directory_entry& entry) {
            // Regular files only: a link, a FIFO or a device in a folder is not what was meant.
            if (!entry.is_symlink() && entry.is_regular_file() && !entry.path().filename().string().starts_with('.'))
                found.push_back(entry.path());
        };
        if (recursive) {
            for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
                consider(entry);
        } else {
            for (const auto& entry : fs::directory_iterator(folder)) consider(entry);
        }
        std::ranges::sort(found);
        std::ranges::move(found, std::back_inserter(files));
    };
    for (const std::string& path : paths) {
        if (fs::is_directory(path)) {
            add_folder(path);
        } else if (fs::exists(path)) {
            files.emplace_back(path);
        } else {
            glob_t matches{};
            const int result = ::glob(path.c_str(), GLOB_BRACE | GLOB_TILDE, nullptr, &matches);
            for (std::size_t i = 0; result == 0 && i < matches.gl_pathc; ++i) {
                if (fs::is_regular_file(matches.gl_pathv[i])) files.emplace_back(matches.gl_pathv[i]);
            }
            ::globfree(&matches);
            if (result != 0) throw Error(errc::not_found, fmt::format("There is no file or folder {}.", path));
        }
    }
    return files;
}

Task<int> ingest(Library* library, IngestOptions options) {
    const std::vector<Item> items = items_of(options);
    if (items.empty()) {
        fmt::print(stderr, "Nothing to ingest: the paths hold no files{}.\n",
                   options.recursive ? "" : " (folders below them are read with --recursive)");
        co_return 1;
    }
    ProgressLine progress(false);
    Tally tally{.total = items.size(), .progress = &progress, .json = options.json};
    std::vector<const Item*> pointers;
    for (const Item& item : items) pointers.push_back(&item);
    co_await for_each_limited(std::move(pointers), options.at_once, [&](const Item* item) { return ingest_one(library, item, &tally); });
    progress.clear();
    for (const Item& item : items) {
        if (item.name == "stdin" && !item.text) fs::remove(item.path);
    }
    fmt::print(stderr, "{} of {} documents are in the library{}.\n", tally.total - tally.failed, tally.total,
               tally.duplicates ? fmt::format(" ({} were there already)", tally.duplicates) : "");
    co_return tally.failed == 0 ? 0 : 1;
}

}  // namespace docmind::cli
