#include "doctor.hpp"

#include <docmind/application.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <vector>

#include "async/deadline.hpp"
#include "library.hpp"
#include "remote_library.hpp"
#include "terminal.hpp"

namespace docmind::cli {
namespace {

namespace fs = std::filesystem;

struct Check {
    std::string part;
    bool ok = false;
    std::string detail;
};

/// Writes and syncs one block, as every upload does.
Check check_data_dir(const fs::path& folder) {
    Check check{.part = "data"};
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        check.detail = fmt::format("{} cannot be made: {}. Choose another with --data.", folder.string(), error.message());
        return check;
    }
    std::string name = (folder / ".doctor-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    if (fd < 0) {
        check.detail = fmt::format("{} cannot be written: {}.", folder.string(), std::strerror(errno));
        return check;
    }
    const std::array<char, 4096> block{};
    const auto start = std::chrono::steady_clock::now();
    const bool written = ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()) && ::fsync(fd) == 0;
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    ::close(fd);
    ::unlink(name.c_str());
    const fs::space_info space = fs::space(folder, error);
    check.ok = written;
    check.detail =
        written ? fmt::format("{} can be written; a disk sync takes {:.1f} ms; {} free", folder.string(), ms, human_bytes(space.available))
                : fmt::format("{} cannot be synced: {}.", folder.string(), std::strerror(errno));
    return check;
}

/// What docmind-worker says of its own confinement.
Check check_worker(const fs::path& worker) {
    Check check{.part = "worker"};
    if (::access(worker.c_str(), X_OK) != 0) {
        check.detail = fmt::format("{} is missing: documents cannot be read. Run `make build`.", worker.string());
        return check;
    }
    const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(fmt::format("'{}' --check 2>&1", worker.string()).c_str(), "r"), ::pclose);
    std::string text;
    std::array<char, 512> buffer{};
    while (output && std::fgets(buffer.data(), buffer.size(), output.get())) text += buffer.data();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) text.replace(at, 1, "; ");
    check.ok = !text.empty();
    check.detail = check.ok ? text : "docmind-worker --check said nothing.";
    return check;
}

/// Waits as long as a part says that it is still coming.
Task<std::map<std::string, PartStatus>> ready_parts(Application* application) {
    co_await application->await_models();
    std::map<std::string, PartStatus> parts = co_await application->aready();
    for (int tries = 0; tries < 60 && !parts["llm"].ok && parts["llm"].detail.find("start") != std::string::npos; ++tries) {
        co_await sleep_for(std::chrono::seconds(1));
        parts = co_await application->aready();
    }
    co_return parts;
}

std::map<std::string, PartStatus> local_parts(const Settings& settings) {
    Application application(settings);
    return application.run(ready_parts(&application));
}

}  // namespace

std::string quoted_json(const std::string& text) {
    return boost::json::serialize(boost::json::value(text));
}

int doctor(const Settings& settings, bool json) {
    std::vector<Check> checks;
    checks.push_back(check_data_dir(settings.storage.data_dir));
    checks.push_back(check_worker(settings.ingestion.worker_path));
    try {
        const std::unique_ptr<RemoteLibrary> server = running_server(settings);
        const std::map<std::string, PartStatus> parts = server ? server->ready() : local_parts(settings);
        for (const auto& [part, status] : parts) checks.push_back({part, status.ok, status.detail});
    } catch (const Error& error) {
        checks.push_back({"store", false, error.what()});
    }
    bool all = true;
    const bool colour = stdout_is_terminal();
    for (const Check& check : checks) {
        all = all && check.ok;
        if (json) {
            fmt::print("{{\"part\":{},\"ok\":{},\"detail\":{}}}\n", quoted_json(check.part), check.ok, quoted_json(check.detail));
        } else {
            const char* mark = check.ok ? (colour ? "\x1b[32mok\x1b[0m  " : "ok  ") : (colour ? "\x1b[31mFAIL\x1b[0m" : "FAIL");
            fmt::print("{} {:<10} {}\n", mark, check.part, check.detail);
        }
    }
    return all ? 0 : 1;
}

}  // namespace docmind::cli
