#pragma once
// File calls that both stores of bytes need, with errors a person can act on. Blocking.

#include <filesystem>
#include <string_view>

namespace docmind {

/// Throws storage_full where there is no space left, storage otherwise. `what`: "store", "flush", ...; `error`: an errno.
[[noreturn]] void fail_on_disk(std::string_view what, const std::filesystem::path& path, int error);
/// Makes names in the folder durable. Errors: storage, storage_full.
void sync_folder(const std::filesystem::path& folder);
/// Creates it, for its owner only. Errors: storage.
void create_private_folder(const std::filesystem::path& folder);

}  // namespace docmind
