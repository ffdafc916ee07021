#pragma once
// The read-only connections: one for each thread that reads.

#include "storage/engine/database.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace docmind {

class Readers {
  public:
    /// The writer has opened and migrated the file before. Errors: as Database.
    Readers(const std::filesystem::path& file, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) free_.push_back(std::make_unique<Database>(file, Database::Role::reader));
    }

    /// Calls `use(Database&)` with a connection that nobody else uses. At most `count` threads call it at once.
    template <class Use>
    auto with(Use use) {
        struct Lease {
            explicit Lease(Readers& readers) : owner(readers) {
                const std::lock_guard lock(owner.mutex_);
                database = std::move(owner.free_.back());
                owner.free_.pop_back();
            }
            ~Lease() {
                const std::lock_guard lock(owner.mutex_);
                owner.free_.push_back(std::move(database));  // never allocates: there was room for it
            }
            Lease(const Lease&) = delete;
            Lease& operator=(const Lease&) = delete;
            Readers& owner;
            std::unique_ptr<Database> database;
        };
        const Lease lease(*this);
        return use(*lease.database);
    }

  private:
    std::mutex mutex_;  // guards the list only
    std::vector<std::unique_ptr<Database>> free_;
};

}  // namespace docmind
