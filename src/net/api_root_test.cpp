#include "net/api_root.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(ApiRoot, an_address_is_understood_with_and_without_its_ends) {
    for (const std::string url : {"http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/", "h:1", "http://h:1/v1/embeddings",
                                  "http://h:1/v1/rerank", "h:1/rerank", " HTTP://h:1/v1/chat/completions "}) {
        EXPECT_EQ(api_root(url, "llm"), "http://h:1/v1") << url;
    }
    EXPECT_EQ(api_root("http://h/api/v3", "llm"), "http://h/api/v3");
    EXPECT_EQ(api_root("http://[::1]:8080/vllm", "llm"), "http://[::1]:8080/vllm/v1");
}

TEST(ApiRoot, what_is_no_address_is_refused_with_the_name_of_the_setting_and_without_credentials) {
    for (const std::string url : {"", "http://", "http://a b", "ftp://h", "http://h/v1?key=x", "https://h", "http://me:pa55word@h"}) {
        try {
            ADD_FAILURE() << url << " became " << api_root(url, "embedding");
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::invalid_argument) << url;
            const std::string said = error.what();
            EXPECT_TRUE(said.contains("embedding.base_url")) << said;
            EXPECT_FALSE(said.contains("pa55word")) << said;
        }
    }
}

}  // namespace
}  // namespace docmind
