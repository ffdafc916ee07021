#include "server/routes.hpp"

#include <algorithm>

namespace docmind {
namespace {

/// The arguments of a path that fits the pattern.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& arguments) {
    arguments.clear();
    for (;;) {
        const std::string_view want = pattern.substr(0, pattern.find('/', 1));
        const std::string_view have = path.substr(0, path.find('/', 1));
        if (want.starts_with("/{")) {
            if (have.size() < 2) return false;
            arguments.emplace_back(have.substr(1));
        } else if (want != have) {
            return false;
        }
        pattern.remove_prefix(want.size());
        path.remove_prefix(have.size());
        if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
    }
}

}  // namespace

const std::vector<Route>& routes() {
    static const std::vector<Route> table{
        {"GET", "/", get_page},
        {"GET", "/index.html", get_page},
        {"GET", "/app.js", get_page},
        {"GET", "/app.css", get_page},
        {"GET", "/api/health", get_health},
        {"GET", "/api/ready", get_ready},
        {"GET", "/metrics", get_metrics},
        {"GET", "/api/models", get_models},
        {"GET", "/api/settings", get_settings},
        {"PUT", "/api/settings", put_settings},
        {"GET", "/api/backup", get_backup},
        {"GET", "/api/documents", list_documents},
        {"POST", "/api/documents", post_documents},
        {"GET", "/api/documents/{id}", get_document},
        {"DELETE", "/api/documents/{id}", delete_document},
        {"GET", "/api/documents/{id}/content", get_content},
        {"GET", "/api/documents/{id}/pages/{n}", get_document_page},
        {"GET", "/api/documents/{id}/nodes", get_nodes},
        {"POST", "/api/documents/{id}/reprocess", reprocess_document},
        {"PATCH", "/api/documents/{id}", change_document},
        {"POST", "/api/documents/{id}/cancel", cancel_document},
        {"POST", "/api/documents/{id}/pause", pause_document},
        {"POST", "/api/documents/{id}/resume", resume_document},
        {"GET", "/api/ingestion", get_ingestion},
        {"POST", "/api/ingestion/pause", pause_ingestion},
        {"POST", "/api/ingestion/resume", resume_ingestion},
        {"POST", "/api/ingestion/reindex/{action}", change_reindex},
        {"OPTIONS", "/api/uploads", upload_options},
        {"POST", "/api/uploads", create_upload},
        {"OPTIONS", "/api/uploads/{id}", upload_options},
        {"GET", "/api/uploads/{id}", get_upload},
        {"PATCH", "/api/uploads/{id}", patch_upload},
        {"POST", "/api/uploads/{id}", post_upload},
        {"DELETE", "/api/uploads/{id}", delete_upload},
        {"GET", "/api/events", get_events},
        {"POST", "/api/retrieve", post_retrieve},
        {"POST", "/api/chat", post_chat},
        {"POST", "/api/compare", post_compare},
        {"POST", "/api/documents/{id}/summary", post_summary},
        {"GET", "/api/answers/{id}", follow_answer},
        {"POST", "/api/answers/{id}/stop", stop_answer},
        {"GET", "/api/sessions", list_sessions},
        {"POST", "/api/sessions", create_session},
        {"GET", "/api/sessions/{id}", get_session},
        {"PATCH", "/api/sessions/{id}", rename_session},
        {"DELETE", "/api/sessions/{id}", delete_session},
        {"POST", "/api/sessions/{id}/restore", restore_session},
        {"GET", "/api/sessions/{id}/messages", get_messages},
        {"POST", "/api/sessions/{id}/branch", choose_branch},
        {"GET", "/api/sessions/{id}/export", get_export},
        {"POST", "/api/sessions/{id}/regenerate", regenerate},
    };
    return table;
}

RouteMatch find_route(std::string_view method, std::string_view path) {
    RouteMatch match;
    if (method == "HEAD") method = "GET";
    for (const Route& route : routes()) {
        if (!matches(route.pattern, path, match.arguments)) continue;
        if (route.method == method) {
            match.route = &route;
            match.allowed.clear();
            return match;
        }
        match.allowed.push_back(route.method);
    }
    return match;
}

}  // namespace docmind
