// POST /api/retrieve: the passages that matter to a question.

#include "server/json.hpp"
#include "server/request_members.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

RetrievalMode mode_named(const std::string& name) {
    if (name == "hybrid") return RetrievalMode::hybrid;
    if (name == "dense") return RetrievalMode::dense;
    if (name == "sparse") return RetrievalMode::sparse;
    throw Error(errc::invalid_argument, "\"mode\" must be hybrid, dense or sparse.");
}

}  // namespace

Task<HttpResponse> post_retrieve(Call call) {
    const boost::json::object body = co_await read_json(&call.request);
    QueryBundle query{.query_str = text_member(body, "query"),
                      .similarity_top_k = count_member(body, "top_k", 10, 1, 1000),
                      .mode = mode_named(text_member(body, "mode", "hybrid")),
                      .rerank = flag_member(body, "rerank", true),
                      .document_ids = texts_member(body, "document_ids")};
    for (const std::string& filter : texts_member(body, "filters")) query.filters.push_back(parse_filter(filter));
    if (body.contains("rerank_budget_ms"))
        query.rerank_budget = std::chrono::milliseconds(count_member(body, "rerank_budget_ms", 1, 1, 60'000));
    if (query.query_str.size() > call.max_message_chars) {
        throw Error(errc::too_large,
                    fmt::format("The query may have {} characters at most (agent.max_message_chars).", call.max_message_chars));
    }
    const RetrievalResult result = co_await call.services.retriever.aretrieve(std::move(query));
    co_return json_response(200, to_json(result));
}

}  // namespace docmind
