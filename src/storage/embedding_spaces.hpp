#pragma once
// "The configuration names another embedding model: how does the library follow?" NextSpace, waited for.

#include "storage/engine/next_space.hpp"

#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace docmind {

struct StorageParts;

class EmbeddingSpaces {
  public:
    explicit EmbeddingSpaces(StorageParts& parts) : parts_(parts) {}

    /// As NextSpace::begin.
    Task<bool> abegin(EmbeddingSpace wanted);
    /// As NextSpace::searched.
    Task<EmbeddingSpace> asearched();
    /// As NextSpace::progress.
    Task<SpaceProgress> aprogress();
    /// As NextSpace::missing.
    Task<std::vector<UnembeddedPassage>> amissing(std::string model_id, std::int64_t after, std::size_t limit);
    /// As NextSpace::put.
    Task<> aput(std::string model_id, std::vector<UnembeddedPassage> passages, std::vector<Vector> vectors);
    /// As NextSpace::finish.
    Task<bool> afinish();
    /// As NextSpace::give_up.
    Task<bool> agive_up();
    /// As SearchIndexes::forget_former_space.
    Task<> aforget_former();

  private:
    StorageParts& parts_;
};

}  // namespace docmind
