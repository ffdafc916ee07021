#pragma once
// An archive as one document.

#include "readers/archive/expansion_budget.hpp"
#include "readers/format_reader.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace docmind {

/// Reads a file that was packed, as read_document() does.
using MemberReader = std::function<void(std::string_view bytes, const std::string& name, const DocumentSink& sink)>;

/// The pages of all files of a ZIP or tar, in the order of their names. Each file begins a page and a section of level 1 named by its path,
/// its own headings lie one level deeper. Files that cannot be read are left out and named in the metadata as "skipped"; hidden files and
/// those that systems leave behind (__MACOSX, .DS_Store, Thumbs.db) are left out without a word.
/// Errors: the first file's where none can be read; too_large, corrupt, encrypted, empty_document.
void read_archive(std::string_view bytes, const std::string& media_type, const ReadOptions& options, ExpansionBudget* budget,
                  const MemberReader& read_member, const DocumentSink& sink);

/// The file in a gzip, bzip2, xz or zstd stream; where that is a tar, its files as read_archive() reads them. The media type stays that of
/// the stream. Errors: as of what is in it; corrupt, too_large.
void read_compressed(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                     ExpansionBudget* budget, const MemberReader& read_member, const DocumentSink& sink);

}  // namespace docmind
