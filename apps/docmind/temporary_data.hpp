#pragma once
// "Where does what nobody will want again lie?"

#include <docmind/error.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace docmind::cli {

/// A data directory of its own, gone afterwards.
class TemporaryData {
  public:
    TemporaryData() {
        path_ = (std::filesystem::temp_directory_path() / "docmind-ask-XXXXXX").string();
        if (!mkdtemp(path_.data())) throw Error(errc::storage, "Cannot make a temporary folder.");
    }
    ~TemporaryData() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryData(const TemporaryData&) = delete;
    TemporaryData& operator=(const TemporaryData&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace docmind::cli
