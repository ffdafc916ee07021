#pragma once
// For tests with real models: where they lie, and one load for all tests of an executable.

#include "async/pool.hpp"
#include "embeddings/openvino_embedding.hpp"
#include "embeddings/openvino_reranker.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>

namespace docmind::test {

/// Where set-up puts models; DOCMIND_TEST_MODELS names another folder with embedding/ and reranker/.
inline std::filesystem::path models_dir() {
    const auto variable = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
    if (const std::string dir = variable("DOCMIND_TEST_MODELS"); !dir.empty()) return dir;
    const std::string cache = variable("XDG_CACHE_HOME");
    return (cache.empty() ? std::filesystem::path(variable("HOME")) / ".cache" : std::filesystem::path(cache)) / "docmind" / "current";
}

/// Skips the test with a clear line where there is no model.
class ModelTest : public testing::Test {
  protected:
    void need(const std::string& model) {
        dir_ = models_dir() / model;
        if (!std::filesystem::exists(dir_ / "openvino_model.bin"))
            GTEST_SKIP() << "There is no model in " << dir_ << ": run `make setup` to test with it.";
    }
    static Pool& pool() {
        static Pool pool({.name = "test", .threads = 2});
        return pool;
    }
    OpenVinoEmbedding& embedding() {
        static OpenVinoEmbedding embedding({.model_dir = dir_}, pool());
        return embedding;
    }
    OpenVinoReranker& reranker() {
        static OpenVinoReranker reranker({.model_dir = dir_}, pool());
        return reranker;
    }
    std::filesystem::path dir_;
};

inline float cosine(const Vector& a, const Vector& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

}  // namespace docmind::test
