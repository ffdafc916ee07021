#pragma once
// The route table: every call of the interface, in one place.

#include <docmind/task.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.hpp"
#include "server/services.hpp"

namespace docmind {

class LiveAnswers;
class Metrics;

/// What a route handler gets. Everything in it outlives the request.
struct Call {
    HttpRequest& request;
    std::vector<std::string> arguments;  ///< of the pattern's {…}, decoded
    Services& services;
    Metrics& metrics;
    LiveAnswers& answers;
    Executor executor;
    std::uint64_t max_upload_bytes = 0;
    std::size_t max_message_chars = 0;
};

struct Route {
    std::string_view method;
    std::string_view pattern;  ///< /api/documents/{id}
    Task<HttpResponse> (*handle)(Call call);
};

/// All routes.
[[nodiscard]] const std::vector<Route>& routes();

struct RouteMatch {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    std::vector<std::string_view> allowed;  ///< methods of this path, where the path is known but not the method
};
/// HEAD is answered by the GET route.
[[nodiscard]] RouteMatch find_route(std::string_view method, std::string_view path);

// By resource, each in its own file.
Task<HttpResponse> get_page(Call call);
Task<HttpResponse> get_health(Call call);
Task<HttpResponse> get_ready(Call call);
Task<HttpResponse> get_metrics(Call call);
Task<HttpResponse> get_models(Call call);
Task<HttpResponse> get_settings(Call call);
Task<HttpResponse> put_settings(Call call);
Task<HttpResponse> get_backup(Call call);
Task<HttpResponse> post_documents(Call call);
Task<HttpResponse> list_documents(Call call);
Task<HttpResponse> get_document(Call call);
Task<HttpResponse> get_content(Call call);
Task<HttpResponse> get_document_page(Call call);
Task<HttpResponse> get_nodes(Call call);
Task<HttpResponse> delete_document(Call call);
Task<HttpResponse> reprocess_document(Call call);
Task<HttpResponse> change_document(Call call);
Task<HttpResponse> cancel_document(Call call);
Task<HttpResponse> pause_document(Call call);
Task<HttpResponse> resume_document(Call call);
Task<HttpResponse> get_ingestion(Call call);
Task<HttpResponse> pause_ingestion(Call call);
Task<HttpResponse> resume_ingestion(Call call);
Task<HttpResponse> change_reindex(Call call);
Task<HttpResponse> upload_options(Call call);
Task<HttpResponse> create_upload(Call call);
Task<HttpResponse> get_upload(Call call);
Task<HttpResponse> patch_upload(Call call);
Task<HttpResponse> post_upload(Call call);
Task<HttpResponse> delete_upload(Call call);
Task<HttpResponse> get_events(Call call);
Task<HttpResponse> post_retrieve(Call call);
Task<HttpResponse> post_chat(Call call);
Task<HttpResponse> post_compare(Call call);
Task<HttpResponse> post_summary(Call call);
Task<HttpResponse> follow_answer(Call call);
Task<HttpResponse> stop_answer(Call call);
Task<HttpResponse> list_sessions(Call call);
Task<HttpResponse> create_session(Call call);
Task<HttpResponse> get_session(Call call);
Task<HttpResponse> rename_session(Call call);
Task<HttpResponse> delete_session(Call call);
Task<HttpResponse> restore_session(Call call);
Task<HttpResponse> get_messages(Call call);
Task<HttpResponse> choose_branch(Call call);
Task<HttpResponse> get_export(Call call);
Task<HttpResponse> regenerate(Call call);

}  // namespace docmind
