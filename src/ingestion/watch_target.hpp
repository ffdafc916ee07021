#pragma once
// What a watched folder needs of the library: documents for its files, and a durable note of which file is which document.

#include <docmind/document_store.hpp>
#include <docmind/task.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// Called for several paths at once, never for the same path twice at a time.
class WatchTarget {
  public:
    virtual ~WatchTarget() = default;

    /// Makes the file a document and returns its id; the same bytes are the same document, so it may be an id that is there already.
    /// The file is read without following a link in the place of `path`. `previous` is the document of the file's last version, to which
    /// no other path of this folder refers: once the new version is ready it has been replaced when this returns (by another id or the
    /// same), unless somebody else refers to it (another folder, a person's upload) or the bytes are the same. A `previous` that does not
    /// exist is no error. Where the new version cannot be read, `previous` stays and an Error is thrown.
    /// Errors: overloaded, timeout, unavailable, conflict, storage, storage_full are tried again later; not_found: the file has gone; any
    /// other is remembered, and the file not tried again until it changes.
    virtual Task<std::string> aput(std::filesystem::path path, std::optional<std::string> previous) = 0;
    /// No path of this folder refers to the document any more: it is removed unless somebody else does. One that does not exist is no
    /// error.
    virtual Task<> aremove(std::string document_id) = 0;
    /// The document's file lies at this path now. One that does not exist is no error.
    virtual Task<> arename(std::string document_id, std::filesystem::path path) = 0;

    virtual Task<std::vector<WatchedFile>> alist(std::string root) = 0;
    /// Adds or replaces; durable when it returns.
    virtual Task<> aremember(WatchedFile file) = 0;
    virtual Task<> aforget(std::string root, std::string path) = 0;
};

}  // namespace docmind
