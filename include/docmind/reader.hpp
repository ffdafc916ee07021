#pragma once
// "Here is a file: what is its text, page by page?"

#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace docmind {

/// A file to read. The name and the media type are hints; the content decides.
struct SourceFile {
    std::filesystem::path path;
    std::string name;        ///< as the user knows it
    std::string media_type;  ///< as the user said it; may be empty
    /// Called on the I/O thread whenever a page has arrived, while it is being read: pages so far, and pages in all, 0 where that is not
    /// known. It neither waits nor throws. May be left out.
    std::function<void(int done, int total)> progress = {};
};

class Reader {
  public:
    virtual ~Reader() = default;
    /// The file's pages and metadata; `Document::id` is left empty.
    /// Errors: unsupported, empty_document, encrypted, corrupt, too_large (a limit was passed), timeout, internal (the reader died).
    virtual Task<Document> aload(SourceFile file) = 0;
    /// Names the reader, its version and all that changes its output: what it makes of a file is kept in the ingestion cache under this.
    /// Empty: never kept.
    [[nodiscard]] virtual std::string fingerprint() const = 0;
};

}  // namespace docmind
