#pragma once
// "Which files are packed in these bytes, and what is in them?" ZIP and tar through libarchive, from memory to memory: nothing is ever
// written to disk, and no name is ever used as a path.

#include "readers/archive/expansion_budget.hpp"
#include "readers/archive/zip_directory.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace docmind {

class Archive {
  public:
    /// Looks at the directory of a ZIP, or unpacks a tar, which may be compressed as a whole. `bytes` and `budget` must outlive the object.
    /// Errors: corrupt, encrypted, too_large, unsupported.
    Archive(std::string_view bytes, const ReadOptions& options, ExpansionBudget* budget);

    /// The files in the archive's order, without folders and links. A tar's last one of a name counts, as tar has it.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] bool has(const std::string& name) const { return places_.contains(name); }
    /// The bytes of a file; those of a tar once only. Nothing where there is no such file. Errors: corrupt, too_large.
    [[nodiscard]] std::optional<std::string> read(const std::string& name);
    /// For readers to spend on text that they write more often than it stands in the file.
    [[nodiscard]] ExpansionBudget& budget() { return *budget_; }

  private:
    void list_zip(const ReadOptions& options);
    void unpack_tar(const ReadOptions& options);

    std::string_view bytes_;
    ExpansionBudget* budget_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::size_t> places_;  // in entries_ or contents_
    std::vector<ZipEntry> entries_;
    std::vector<std::string> contents_;
};

/// What one gzip, bzip2, xz or zstd stream holds. Errors: corrupt, too_large.
[[nodiscard]] std::string decompress(std::string_view bytes, ExpansionBudget* budget);

/// Whether such a stream holds a tar archive. Never throws: what is damaged holds none.
[[nodiscard]] bool holds_tar(std::string_view bytes);

}  // namespace docmind
