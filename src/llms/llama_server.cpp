#include "llms/llama_server.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "async/child_process.hpp"
#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/unix_stream.hpp"
#include "async/when_all.hpp"
#include "net/http_client.hpp"
#include "net/http_message.hpp"

namespace docmind {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kept_output = 4096;
constexpr std::size_t longest_reason = 200;
constexpr milliseconds look_again{2'000};
constexpr std::chrono::seconds good_run{60};  // after this long a failure counts as the first again

// What a build for a graphics card needs from the environment; our own secrets stay here.
constexpr const char* inherited[] = {
    "PATH", "HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES"};

int free_loopback_port() {
    const FileDescriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (!probe || ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        throw Error(errc::unavailable, "There is no free port for the built-in model server: " + std::generic_category().message(errno));
    }
    return ntohs(address.sin_port);
}

// The line of its output that says best why it ended.
std::string reason_in(std::string_view output) {
    std::string_view best;
    while (!output.empty()) {
        const auto end = std::min(output.find('\n'), output.size());
        const std::string_view line = trim(output.substr(0, end));
        output.remove_prefix(std::min(end + 1, output.size()));
        if (line.empty()) continue;
        const bool tells = line.find("error") != std::string_view::npos || line.find("failed") != std::string_view::npos;
        if (tells || best.empty()) best = line;
    }
    std::string reason = to_valid_utf8(std::string(best.substr(0, longest_reason)));
    std::erase_if(reason, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return reason;
}

}  // namespace

namespace detail {

// Shared with the supervising coroutine, whose frame may be destroyed after the LlamaServer.
struct LlamaSupervision {
    LlamaSupervision(LlamaServer::Params p, Executor e) : params(std::move(p)), executor(e), http(e) {}

    LlamaServer::Params params;
    Executor executor;
    HttpClient http;
    LlamaServer::State state = LlamaServer::State::stopped;
    std::string text = "The built-in language model is not running.";
    LlamaServer::Endpoint endpoint;
    std::optional<ChildProcess> child;
    std::string output;  // its last words
    Event changed;

    void set(LlamaServer::State to, std::string why) {
        state = to;
        text = std::move(why);
        changed.set();
        changed.reset();
    }
};

namespace {

using State = LlamaServer::State;
using Supervision = std::shared_ptr<LlamaSupervision>;

std::string missing_part(const LlamaServer::Params& params) {
    std::error_code ignored;
    if (!fs::is_regular_file(params.server_path, ignored)) {
        return "The built-in model server is missing (" + params.server_path.string() +
               "): run make setup, or set llm.base_url to a model server.";
    }
    if (!fs::is_regular_file(params.model_path, ignored)) {
        return "The built-in language model is missing (" + params.model_path.string() +
               "): run make setup, or set llm.base_url to a model server.";
    }
    return {};
}

FileDescriptor launch(LlamaSupervision& s) {
    const int port = free_loopback_port();
    const LlamaServer::Params& p = s.params;
    const unsigned threads = p.threads > 0 ? p.threads : std::max(1U, std::thread::hardware_concurrency());
    s.endpoint = {"http://127.0.0.1:" + std::to_string(port) + "/v1", make_id()};
    s.output.clear();
    auto [ours, theirs] = UnixStream::pair();
    ChildProcess::Params child;
    child.path = p.server_path;
    child.args = {"--model", p.model_path.string(), "--host", "127.0.0.1", "--port", std::to_string(port), "--ctx-size",
                  std::to_string(static_cast<std::size_t>(p.context_window) * p.slots), "--parallel", std::to_string(p.slots), "--threads",
                  std::to_string(threads), "--threads-batch", std::to_string(threads),
                  // A prompt whose beginning was seen before is not read again; a few of them are kept in memory.
                  "--cache-reuse", "64", "--cache-ram", "256", "--no-webui", "--offline", "--jinja"};
    // In the environment, which other users cannot read, unlike the arguments.
    child.env = {"LLAMA_API_KEY=" + s.endpoint.api_key};
    for (const char* name : inherited) {
        if (const char* value = std::getenv(name)) child.env.push_back(std::string(name) + "=" + value);
    }
    child.descriptors = {{1, theirs.get()}, {2, theirs.get()}};
    child.limits = {{RLIMIT_CORE, 0}};
    child.nice = p.nice;
    s.child.emplace(ChildProcess::spawn(child));
    return std::move(ours);
}

// Its output is read to the end, so that it never blocks on it.
Task<> keep_output(Supervision s, FileDescriptor end) {
    UnixStream stream(s->executor, std::move(end));
    while (true) {
        const std::string bytes = co_await stream.read_some(4096);
        if (bytes.empty()) co_return;
        s->output += bytes;
        if (s->output.size() > kept_output) s->output.erase(0, s->output.size() - kept_output);
    }
}

Task<bool> is_healthy(Supervision s) {
    HttpClient::Request request;
    request.url = s->endpoint.base_url.substr(0, s->endpoint.base_url.rfind('/')) + "/health";
    request.timeouts.connect = request.timeouts.first_byte = request.timeouts.idle = milliseconds(2'000);
    try {
        const auto response = co_await s->http.asend(std::move(request));
        co_return response.status == 200;
    } catch (const HttpError&) {
        co_return false;
    }
}

// Follows the child until it has ended.
Task<> watch(Supervision s) {
    const auto give_up = Clock::now() + s->params.start_limit;
    milliseconds pause(20);
    while (s->child->try_wait() == -1) {
        const bool healthy = co_await is_healthy(s);
        if (healthy && s->child->try_wait() == -1) {
            s->set(State::up, "The built-in language model is ready.");
            break;
        }
        if (Clock::now() >= give_up) {
            s->output += "\nerror: it was not ready in time\n";
            s->child->kill(SIGKILL);
            break;
        }
        co_await sleep_for(pause);
        pause = std::min(pause * 2, milliseconds(250));
    }
    co_await s->child->wait();
}

std::string seconds_text(milliseconds pause) {
    return pause < milliseconds(1'500) ? "in a moment" : "in " + std::to_string((pause.count() + 500) / 1000) + " s";
}

Task<> supervise(Supervision s) {
    int failures = 0;
    while (true) {
        std::string missing = missing_part(s->params);
        if (!missing.empty()) {
            if (s->state != State::missing) s->set(State::missing, std::move(missing));
            co_await sleep_for(look_again);
            continue;
        }
        s->set(State::starting,
               failures == 0 ? "The built-in language model is starting." : "The built-in language model is starting again.");
        const auto started = Clock::now();
        std::string why;
        std::optional<FileDescriptor> output;
        try {
            output = launch(*s);
        } catch (const Error& error) {
            why = error.what();
        }
        bool was_up = false;
        if (output) {
            co_await when_all(keep_output(s, std::move(*output)), watch(s));
            was_up = s->state == State::up;
            why = "The built-in model server " + describe_exit(s->child->try_wait());
            const std::string reason = was_up ? std::string() : reason_in(s->output);
            why += reason.empty() ? "." : ": " + reason + ".";
        }
        failures = was_up && Clock::now() - started > good_run ? 1 : failures + 1;
        const auto pause = std::min(s->params.longest_pause, s->params.first_pause * (1 << std::min(failures - 1, 12)));
        s->set(was_up ? State::starting : State::failed, why + " It is started again " + seconds_text(pause) + ".");
        co_await sleep_for(pause);
    }
}

}  // namespace

}  // namespace detail

LlamaServer::LlamaServer(Params params, Executor executor)
    : supervision_(std::make_shared<detail::LlamaSupervision>(std::move(params), executor)), scope_(executor) {
    if (supervision_->params.context_window < 256) throw Error(errc::invalid_argument, "llm.context_window must be at least 256.");
    if (supervision_->params.slots < 1) throw Error(errc::invalid_argument, "llm.slots must be at least 1.");
}

LlamaServer::~LlamaServer() {
    // The supervising frame still holds the child, and reaps it when it ends.
    if (supervision_->child) supervision_->child->kill(SIGKILL);
}

void LlamaServer::start() {
    if (supervision_->state != State::stopped) return;
    supervision_->set(State::starting, "The built-in language model is starting.");
    scope_.spawn(detail::supervise(supervision_));
}

Task<> LlamaServer::astart() {
    start();
    co_await aendpoint(supervision_->params.start_limit);
}

Task<LlamaServer::Endpoint> LlamaServer::aendpoint(Clock::duration limit) {
    const auto s = supervision_;
    const auto deadline = Clock::now() + limit;
    while (s->state == State::starting && Clock::now() < deadline) {
        bool late = false;
        try {
            co_await with_deadline(s->changed.wait(), deadline - Clock::now());
        } catch (const Error&) {
            late = true;
        }
        if (late) break;
    }
    if (s->state != State::up) throw Error(errc::unavailable, s->text);
    co_return s->endpoint;
}

Task<> LlamaServer::astop() {
    const auto s = supervision_;
    if (s->child) s->child->kill(SIGTERM);
    co_await scope_.close(milliseconds(0));
    s->child.reset();
    s->set(State::stopped, "The built-in language model is not running.");
}

LlamaServer::State LlamaServer::state() const noexcept {
    return supervision_->state;
}
std::string LlamaServer::detail() const {
    return supervision_->text;
}
pid_t LlamaServer::pid() const noexcept {
    return supervision_->child && supervision_->child->try_wait() == -1 ? supervision_->child->pid() : -1;
}

std::string LlamaServer::model_name() const {
    std::error_code failed;
    const fs::path real = fs::canonical(supervision_->params.model_path, failed);
    return (failed ? supervision_->params.model_path : real).stem().string();
}

}  // namespace docmind
