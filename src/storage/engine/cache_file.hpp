#pragma once
// The ingestion cache on disk: an SQLite file of its own beside the library, safe to delete. One thread uses it.

#include "storage/engine/database.hpp"

#include <docmind/node.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class CacheFile {
  public:
    /// SHA-256 of the model's id and the text.
    using Key = std::array<std::byte, 32>;

    /// Opens the file and makes it anew where it is damaged or from another version. Over `max_bytes` what was used longest ago goes.
    /// Errors: storage, storage_full.
    CacheFile(std::filesystem::path file, std::uint64_t max_bytes);

    [[nodiscard]] static Key key_of(std::string_view model_id, std::string_view text);

    [[nodiscard]] std::vector<std::optional<Vector>> find_embeddings(const std::vector<Key>& keys);
    void put_embeddings(const std::vector<Key>& keys, const std::vector<Vector>& vectors);
    [[nodiscard]] std::optional<Document> find_document(const std::string& key);
    void put_document(const std::string& key, const Document& document);

  private:
    void open();
    [[nodiscard]] std::int64_t number(const char* sql);
    void make_room();

    std::filesystem::path file_;
    std::uint64_t max_bytes_;
    std::unique_ptr<Database> database_;
    std::int64_t turn_ = 0;  // of this opening: entries used in it carry it
};

}  // namespace docmind
