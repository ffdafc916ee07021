#pragma once
// "Is the built-in model server running, and where?" Runs llama-server as a child process on a free loopback port with a random key,
// watches it, starts it again with growing pauses, and ends it with us. It does not speak with the model: OpenAILLM does.
//
// One coroutine owns the child's life: look for the files, start, wait until it is healthy, wait for its end, pause, again. What others
// see of it is a state and a sentence; who needs the server waits for the state to change.

#include <docmind/task.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "async/scope.hpp"

namespace docmind {

namespace detail {
struct LlamaSupervision;
}

class LlamaServer {
  public:
    struct Params {
        std::filesystem::path server_path;  ///< llama-server
        std::filesystem::path model_path;   ///< GGUF
        int context_window = 4096;          ///< tokens of each slot
        std::size_t slots = 2;
        unsigned threads = 0;  ///< 0 = one per core
        int nice = 0;
        std::chrono::milliseconds start_limit{180'000};  ///< from the start until it is healthy
        std::chrono::milliseconds first_pause{250};      ///< before it is started again; doubled each time it fails
        std::chrono::milliseconds longest_pause{30'000};
    };
    struct Endpoint {
        std::string base_url;  ///< changes with every start
        std::string api_key;
    };
    enum class State {
        stopped,  ///< start() was not called, or astop() was
        missing,  ///< the program or the model is not there; looked for again all the time
        starting,
        up,
        failed,  ///< it ended before it was healthy; tried again after a pause
    };

    /// Errors: invalid_argument (the sizes). Starts nothing.
    LlamaServer(Params params, Executor executor);
    /// Kills the child.
    ~LlamaServer();
    LlamaServer(const LlamaServer&) = delete;
    LlamaServer& operator=(const LlamaServer&) = delete;

    /// Begins to supervise; again is no error.
    void start();
    /// start(), and waits until it is up. Errors: unavailable, with the reason.
    Task<> astart();
    /// Waits while it is starting, at most `limit`. Errors: unavailable (missing, failed, stopped, not up in time), with what to do.
    Task<Endpoint> aendpoint(std::chrono::steady_clock::duration limit);
    /// Ends the child and waits for it.
    Task<> astop();

    [[nodiscard]] State state() const noexcept;
    /// A sentence for the user.
    [[nodiscard]] std::string detail() const;
    /// Of the running child; -1 without one.
    [[nodiscard]] pid_t pid() const noexcept;
    /// The model's file name without its ending.
    [[nodiscard]] std::string model_name() const;

  private:
    std::shared_ptr<detail::LlamaSupervision> supervision_;
    Scope scope_;  // the last member
};

}  // namespace docmind
