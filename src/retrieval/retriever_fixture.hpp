#pragma once
// Five passages of two documents, and a retriever over them.

#include "async/test_support.hpp"
#include "retrieval/query_fusion_retriever.hpp"
#include "retrieval/test_fakes.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace docmind::test {

class QueryFusionRetrieverTest : public ::testing::Test {
  protected:
    QueryFusionRetrieverTest() {
        store.add("r", "read a csv file into a data frame with read.csv", "R Data");
        store.add("r", "a data frame is a list of vectors of equal length", "R Intro");
        store.add("r", "the file system and its folders", "R Intro");
        store.add("bread", "knead the dough and let it rise", "Baking");
        store.add("bread", "bake the bread in a hot oven", "Baking");
    }

    QueryFusionRetriever retriever(QueryFusionRetriever::Params params = {}, bool with_reranker = true) {
        return QueryFusionRetriever(params, embedding, store, with_reranker ? &reranker : nullptr);
    }
    RetrievalResult ask(QueryBundle query, QueryFusionRetriever::Params params = {}, bool with_reranker = true) {
        auto asked = retriever(params, with_reranker);
        return run_task(asked.aretrieve(std::move(query)));
    }
    std::optional<errc> error_of(QueryBundle query, QueryFusionRetriever::Params params = {}) {
        try {
            ask(std::move(query), params);
        } catch (const Error& error) {
            return error.code();
        }
        return std::nullopt;
    }
    static std::vector<std::string> ids(const RetrievalResult& result) {
        std::vector<std::string> ids;
        for (const auto& node : result.nodes) ids.push_back(node.node.id);
        return ids;
    }
    static std::function<void()> fails_with(errc code) {
        return [code] { throw Error(code, "on purpose"); };
    }

    test::BagEmbedding embedding;
    test::ListStore store;
    test::OverlapReranker reranker;
    const QueryBundle csv{.query_str = "read a csv file", .document_ids = {}};
};

}  // namespace docmind::test
