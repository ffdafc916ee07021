#include <docmind/embedding.hpp>

namespace docmind {

Task<std::shared_ptr<Embedding>> Embedding::acurrent_model() {
    // Owned by whoever made it.
    co_return std::shared_ptr<Embedding>(std::shared_ptr<void>(), this);
}

}  // namespace docmind
