#pragma once
// "Where does a file grow that must be whole or not there?" Without a name, until it is.
//
// Blocking: called on a pool. The file has no name while it is written (O_TMPFILE), so that nothing is left of it whatever happens, kill -9
// included; on file systems that cannot do that it has a hidden name beside its own, which a kill -9 leaves.

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace docmind {

class BackupFile {
  public:
    /// `replace`: a file that has this name may be replaced. Errors: conflict (it has, or it is a folder), not_found (no such folder),
    /// storage.
    BackupFile(std::filesystem::path file, bool replace);
    ~BackupFile();
    BackupFile(const BackupFile&) = delete;
    BackupFile& operator=(const BackupFile&) = delete;

    /// Errors: storage, storage_full.
    void write(std::string_view bytes);
    /// It is on disk and has its name. Errors: conflict (another file got the name meanwhile), storage, storage_full.
    void finish();

  private:
    void check_name() const;

    std::filesystem::path file_, folder_;
    std::filesystem::path temporary_;  // its name until then; empty: none
    bool replace_;
    int fd_ = -1;
};

}  // namespace docmind
