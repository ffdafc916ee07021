// Is it alive, can it be used, how is it doing, how is it set up?

#include <boost/json/array.hpp>

#include "server/metrics.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {

namespace json = boost::json;

Task<HttpResponse> get_health(Call) {
    co_return json_response(200, json::object{{"status", "ok"}});
}

Task<HttpResponse> get_ready(Call call) {
    const std::map<std::string, Readiness> parts = co_await call.services.ready();
    json::object described;
    bool usable = true, all = true;
    for (const auto& [name, part] : parts) {
        described[name] = json::object{{"ok", part.ok}, {"detail", part.detail}};
        all = all && part.ok;
        // Without the reranker answers are a little worse; without the others something is missing.
        if (name != "reranker") usable = usable && part.ok;
    }
    const json::object body{{"status", all ? "ready" : usable ? "degraded" : "not ready"}, {"parts", described}};
    HttpResponse response = json_response(usable ? 200 : 503, body);
    if (!usable) response.headers.add("Retry-After", "2");
    co_return response;
}

Task<HttpResponse> get_metrics(Call call) {
    const IngestionOverview overview = co_await call.services.ingestion.aoverview();
    HttpResponse response;
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = call.metrics.text(call.services, overview);
    co_return response;
}

Task<HttpResponse> get_models(Call call) {
    const std::vector<std::string> models = co_await call.services.llm.amodels();
    const LLMMetadata metadata = call.services.llm.metadata();
    co_return json_response(200, json::object{{"models", json::array(models.begin(), models.end())},
                                              {"model", metadata.model},
                                              {"base_url", metadata.base_url},
                                              {"context_window", metadata.context_window}});
}

}  // namespace docmind
