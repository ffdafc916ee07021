// POST /api/compare and POST /api/documents/{id}/summary: answers about whole documents. They come like those of POST /api/chat, as events
// or as one object, into a conversation, and say how far they are.

#include <docmind/comparison.hpp>

#include <fmt/ranges.h>

#include "server/chat_stream.hpp"
#include "server/request_members.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

/// The document, if it can be asked.
Task<DocumentRecord> find_document(DocumentStore* documents, std::string id) {
    DocumentRecord record = co_await documents->aget(std::move(id));
    if (record.nodes == 0) throw Error(errc::conflict, fmt::format("{} cannot be searched yet.", record.name));
    co_return record;
}

}  // namespace

Task<HttpResponse> post_compare(Call call) {
    const boost::json::object body = co_await read_json(&call.request);
    ChatOrder asked = chat_order(body);
    asked.session_id = text_member(body, "session_id");
    std::vector<std::string> aspects = texts_member(body, "aspects");
    // What is wrong with the order is answered before a conversation is begun with it.
    const DocumentComparison::Params most;
    if (asked.document_ids.size() < 2 || asked.document_ids.size() > most.max_documents)
        throw Error(errc::invalid_argument, fmt::format("\"document_ids\" must name 2 to {} documents.", most.max_documents));
    if (aspects.empty() || aspects.size() > most.max_aspects)
        throw Error(errc::invalid_argument, fmt::format("\"aspects\" must name 1 to {} aspects.", most.max_aspects));
    std::vector<std::string> names;
    for (const std::string& id : asked.document_ids) {
        const DocumentRecord record = co_await find_document(&call.services.documents, id);
        names.push_back(record.name);
    }
    asked.turn.message = fmt::format("Compare {} on {}", fmt::join(names, ", "), fmt::join(aspects, ", "));
    LiveAnswers::Claim claim = co_await aclaim(call, asked.session_id, asked.resumable);
    std::unique_ptr<Agent> agent = call.services.make_comparison_agent(asked.session_id, asked.document_ids, std::move(aspects));
    co_return co_await answer(call, std::move(asked), std::move(agent), std::move(claim));
}

Task<HttpResponse> post_summary(Call call) {
    boost::json::object body;
    if (call.request.body) body = co_await read_json(&call.request);
    ChatOrder asked = chat_order(body);
    asked.session_id = text_member(body, "session_id");
    const DocumentRecord record = co_await find_document(&call.services.documents, call.arguments[0]);
    asked.turn.message = fmt::format("Summarise {}", record.name);
    LiveAnswers::Claim claim = co_await aclaim(call, asked.session_id, asked.resumable);
    std::unique_ptr<Agent> agent = call.services.make_summary_agent(asked.session_id, record.id);
    co_return co_await answer(call, std::move(asked), std::move(agent), std::move(claim));
}

}  // namespace docmind
