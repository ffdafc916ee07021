#include "embeddings/rerank_protocol.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace docmind {
namespace {

using testing::ElementsAre;

TEST(RerankProtocol, a_body_is_what_each_kind_of_server_expects) {
    EXPECT_EQ(rerank_body("m", "who \"?\"", {"a", "ü\n"}, RerankDialect::v1_documents),
              R"({"model":"m","query":"who \"?\"","top_n":2,"documents":["a","ü\n"]})");
    EXPECT_EQ(rerank_body("", "q", {"a"}, RerankDialect::texts), R"({"query":"q","raw_scores":true,"truncate":true,"texts":["a"]})");
    EXPECT_EQ(rerank_url("http://h:1/v1", RerankDialect::v1_documents), "http://h:1/v1/rerank");
    EXPECT_EQ(rerank_url("http://h:1/v1", RerankDialect::texts), "http://h:1/rerank");
    EXPECT_EQ(rerank_url("http://h:1/api/v2", RerankDialect::documents), "http://h:1/api/rerank");
}

TEST(RerankProtocol, scores_come_in_the_order_of_the_texts_from_every_shape_there_is) {
    // Jina, Cohere and vLLM, best first; llama-server; text-embeddings-inference.
    EXPECT_THAT(parse_scores(R"({"model":"m","usage":{},"results":[{"index":1,"relevance_score":0.9,"document":{"text":"b"}},
                                {"index":0,"relevance_score":1e-3}]})",
                             2),
                ElementsAre(1e-3, 0.9));
    EXPECT_THAT(parse_scores(R"({"object":"list","results":[{"index":0,"relevance_score":-11},{"index":1,"relevance_score":4.5}]})", 2),
                ElementsAre(-11, 4.5));
    EXPECT_THAT(parse_scores(R"([{"index":1,"score":3.5},{"index":0,"score":-2,"text":null}])", 2), ElementsAre(-2, 3.5));
    EXPECT_THAT(parse_scores(R"({"data":[{"index":0,"relevance_score":1}]})", 1), ElementsAre(1));
}

TEST(RerankProtocol, what_is_no_score_for_every_text_is_an_error) {
    for (const std::string body :
         {"", "{", "7", "{}", "[]", R"({"results":{}})", R"({"results":[{"index":0,"relevance_score":1}]})",
          R"([{"index":0,"score":1},{"index":0,"score":1}])", R"([{"index":0,"score":1},{"index":2,"score":1}])",
          R"([{"index":-1,"score":1},{"index":1,"score":1}])", R"([{"score":1},{"index":1,"score":1}])", R"([{"index":0,"score":1},1])",
          R"([{"index":0,"score":NaN},{"index":1,"score":1}])", R"([{"index":0,"score":"1"},{"index":1,"score":1}])",
          R"([{"index":0,"score":1e999},{"index":1,"score":1}])", R"({"error":"busy","results":[]})"}) {
        try {
            ADD_FAILURE() << body << " gave " << parse_scores(body, 2).size() << " scores";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::backend) << body;
            EXPECT_NE(std::string(error.what()).find("reranker"), std::string::npos) << error.what();
        }
    }
}

TEST(RerankProtocol, a_probability_becomes_its_logit_and_never_an_infinity) {
    EXPECT_FLOAT_EQ(logit_of(0.5), 0);
    EXPECT_NEAR(logit_of(1 / (1 + std::exp(3.0))), -3, 1e-5);
    EXPECT_LT(logit_of(0.2), logit_of(0.3));
    EXPECT_FLOAT_EQ(logit_of(0), -16);
    EXPECT_FLOAT_EQ(logit_of(1), 16);
    EXPECT_FLOAT_EQ(logit_of(1e-300), -16);
}

}  // namespace
}  // namespace docmind
