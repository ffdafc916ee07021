#include "library.hpp"

#include <fstream>
#include <optional>

#include "local_library.hpp"
#include "remote_library.hpp"
#include "server/json.hpp"

namespace docmind::cli {
namespace {

/// What `docmind serve` wrote into its data directory, if it is there and can be read.
std::optional<std::string> url_of_server(const std::filesystem::path& data_dir) {
    std::ifstream in(data_dir / "server.json");
    if (!in) return std::nullopt;
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    try {
        return std::string(parse_json(text).at("url").as_string());
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

Task<int> alive(RemoteLibrary* library) {
    const bool answers = co_await library->aalive();
    co_return answers ? 0 : 1;
}

}  // namespace

std::unique_ptr<RemoteLibrary> running_server(const Settings& settings) {
    const std::optional<std::string> url = url_of_server(settings.storage.data_dir);
    if (!url) return nullptr;
    auto remote = std::make_unique<RemoteLibrary>(*url, settings.server.token);
    // A file that a killed server left behind leads nowhere: then the directory is ours.
    if (remote->run(alive(remote.get())) != 0) return nullptr;
    return remote;
}

std::unique_ptr<Library> open_library(const Settings& settings) {
    if (std::unique_ptr<RemoteLibrary> remote = running_server(settings)) return remote;
    return std::make_unique<LocalLibrary>(settings);
}

}  // namespace docmind::cli
