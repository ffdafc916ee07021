#pragma once
// A watched folder's files as documents behind a running server.

#include "ingestion/watch_target.hpp"

namespace docmind::cli {

class RemoteLibrary;

/// What is remembered of a file is what the server says of the documents whose source lies in the folder. It keeps no times, so after a
/// start every file is sent once more, and the server finds that it has the bytes.
class RemoteWatchTarget final : public WatchTarget {
  public:
    explicit RemoteWatchTarget(RemoteLibrary& library) : library_(library) {}

    Task<std::string> aput(std::filesystem::path path, std::optional<std::string> previous) override;
    Task<> aremove(std::string document_id) override;
    Task<> arename(std::string document_id, std::filesystem::path path) override;
    Task<std::vector<WatchedFile>> alist(std::string root) override;
    Task<> aremember(WatchedFile file) override;
    Task<> aforget(std::string root, std::string path) override;

  private:
    RemoteLibrary& library_;
};

}  // namespace docmind::cli
