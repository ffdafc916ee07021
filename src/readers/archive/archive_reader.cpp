#include "readers/archive/archive_reader.hpp"

#include "readers/archive/archive.hpp"
#include "readers/sniff.hpp"
#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_skipped_bytes = 300;
constexpr int lowest_heading = 9;

/// No person put it there.
bool is_litter(std::string_view path) {
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        if (name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini") return true;
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    return false;
}

class ArchiveReader {
  public:
    ArchiveReader(const ReadOptions& options, ExpansionBudget* budget, const MemberReader* read_member)
        : options_(&options), budget_(budget), read_member_(read_member) {}

    void run(Archive* archive, const std::string& media_type, const DocumentSink& sink) {
        std::vector<std::string> names = archive->names();
        std::erase_if(names, is_litter);
        std::ranges::sort(names);
        budget_->count_files(names.size());
        if (names.empty()) throw Error(errc::empty_document, "There are no files in this archive.");
        for (const std::string& name : names) read(archive, name);
        if (pages_.empty() && first_error_)
            throw Error(first_error_->code(), "Nothing in this archive can be read. " + first_failed_ + ": " + first_error_->what());
        // Only now is it known what was left out, and that is told first.
        Metadata metadata;
        if (!skipped_.empty()) metadata["skipped"] = skipped_;
        sink.document(media_type, std::move(metadata));
        for (Page& page : pages_) sink.page(std::move(page));
    }

  private:
    void read(Archive* archive, const std::string& name) {
        const std::size_t first = pages_.size();
        DocumentSink sink;
        std::string skipped_within;  // where it is an archive itself
        sink.document = [&](const std::string&, const Metadata& metadata) {
            const auto skipped = metadata.find("skipped");
            if (skipped != metadata.end()) skipped_within = skipped->second;
        };
        sink.page = [&](Page page) {
            if (pages_.size() == options_->max_pages) {
                is_full_ = true;
                throw Error(errc::too_large, "This archive has more than " + std::to_string(options_->max_pages) +
                                                 " pages (ingestion.max_pages). Split it into smaller ones.");
            }
            for (Heading& heading : page.headings) heading.level = std::min(heading.level + 1, lowest_heading);
            if (pages_.size() == first) page.headings.insert(page.headings.begin(), {0, 1, sanitize(name)});
            page.number = static_cast<int>(pages_.size()) + 1;
            pages_.push_back(std::move(page));
        };
        try {
            const std::string bytes = archive->read(name).value_or("");
            (*read_member_)(bytes, name, sink);
            if (!skipped_within.empty()) skip(sanitize(name) + " (" + skipped_within + ")");
        } catch (const Error& error) {
            // A limit of the whole was passed, and not one of this file.
            if (budget_->is_exhausted() || is_full_) throw;
            pages_.resize(first);
            // That a file is empty explains least.
            if (!first_error_ || first_error_->code() == errc::empty_document) {
                first_error_ = error;
                first_failed_ = sanitize(name);
            }
            skip(sanitize(name));
        }
    }

    void skip(const std::string& name) {
        const std::string_view etc = ", ...";
        if (skipped_.ends_with(etc)) return;
        const bool fits = skipped_.size() + name.size() + 2 + etc.size() <= max_skipped_bytes;
        skipped_ += (skipped_.empty() || !fits ? "" : ", ") + (fits ? name : std::string(skipped_.empty() ? "..." : etc));
    }

    const ReadOptions* options_;
    ExpansionBudget* budget_;
    const MemberReader* read_member_;
    std::vector<Page> pages_;
    std::string skipped_;
    std::optional<Error> first_error_;
    std::string first_failed_;
    bool is_full_ = false;
};

/// "notes.txt.gz" holds "notes.txt"; "notes.tgz" a tar.
std::string name_inside(const std::string& name) {
    constexpr std::array<std::string_view, 6> endings = {".gz", ".bz2", ".xz", ".zst", ".zstd", ".gzip"};
    const std::string lower = ascii_lower(name);
    for (const std::string_view ending : endings) {
        if (lower.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    }
    return name;
}

}  // namespace

void read_archive(std::string_view bytes, const std::string& media_type, const ReadOptions& options, ExpansionBudget* budget,
                  const MemberReader& read_member, const DocumentSink& sink) {
    Archive archive(bytes, options, budget);
    ArchiveReader(options, budget, &read_member).run(&archive, media_type, sink);
}

void read_compressed(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                     ExpansionBudget* budget, const MemberReader& read_member, const DocumentSink& sink) {
    if (holds_tar(bytes)) {
        read_archive(bytes, media_type, options, budget, read_member, sink);
        return;
    }
    const std::string content = decompress(bytes, budget);
    const DocumentSink same_type{.document = [&](const std::string&, Metadata metadata) { sink.document(media_type, std::move(metadata)); },
                                 .page = sink.page};
    read_member(content, name_inside(name), same_type);
}

}  // namespace docmind
