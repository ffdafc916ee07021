// GET /api/backup: the whole library as one archive, true for the moment at which it was asked for. What is in it: docmind/backup.hpp.

#include <docmind/backup.hpp>
#include <docmind/error.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "backup/manifest.hpp"
#include "server/metrics.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

class BackupBody final : public BodySource {
  public:
    BackupBody(std::unique_ptr<BackupStream> backup, Metrics& metrics) : open_(metrics, "backup"), backup_(std::move(backup)) {}

    Task<std::optional<std::string>> next() override {
        try {
            co_return co_await backup_->next();
        } catch (const Error& error) {
            // The head is out: the client only sees that it ends early.
            spdlog::error("the backup was broken off: {}", error.what());
            throw;
        }
    }

  private:
    OpenStream open_;
    std::unique_ptr<BackupStream> backup_;
};

/// docmind-2026-01-31T235959Z.tar
std::string file_name(const BackupContents& contents) {
    std::string moment = contents.created_at.substr(0, contents.created_at.find('.')) + "Z";
    std::erase(moment, ':');
    return "docmind-" + moment + ".tar";
}

}  // namespace

Task<HttpResponse> get_backup(Call call) {
    // A page of another site could not read it, but it could have all of the library copied again and again.
    const std::string* site = call.request.headers.find("sec-fetch-site");
    if (site && *site != "same-origin" && *site != "none") throw Error(errc::forbidden, "Another site's page may not use DocMind.");
    HttpResponse response;
    response.headers.add("Content-Type", "application/x-tar");
    response.headers.add("Cache-Control", "no-store");
    if (call.request.method == "HEAD") co_return response;
    std::unique_ptr<BackupStream> backup = co_await call.services.open_backup();
    response.headers.add("Content-Disposition", "attachment; filename=\"" + file_name(backup->contents()) + "\"");
    response.headers.add("X-DocMind-Backup", to_line(backup->contents()));
    response.stream_bytes = backup->archive_bytes();
    response.stream = std::make_unique<BackupBody>(std::move(backup), call.metrics);
    co_return response;
}

}  // namespace docmind
