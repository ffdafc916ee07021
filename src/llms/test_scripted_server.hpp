#pragma once
// For tests: a model server on a real socket whose behaviour is a script's (tests/e2e/scripted_llm_server.py).

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "async/child_process.hpp"
#include "async/deadline.hpp"
#include "net/http_client.hpp"

namespace docmind::test {

class ScriptedServer {
  public:
    ScriptedServer() : child_(start()) {
        std::string line;
        char c = 0;
        while (::read(output_.get(), &c, 1) == 1 && c != '\n') line.push_back(c);
        const auto at = line.find("http://");
        if (at == std::string::npos) throw std::runtime_error("the scripted model server did not start: " + line);
        url = line.substr(at);
    }

    /// What it has logged under that name since the last look from the start.
    Task<std::size_t> count(std::string event) {
        HttpClient client(executor);
        HttpClient::Request request;
        request.url = url + "/log";
        const auto response = co_await client.asend(std::move(request));
        std::size_t found = 0;
        const std::string wanted = "\"event\": \"" + event + "\"";
        for (auto at = response.body.find(wanted); at != std::string::npos; at = response.body.find(wanted, at + 1)) ++found;
        co_return found;
    }
    /// POST /script.
    Task<> script(std::string json) {
        HttpClient client(executor);
        HttpClient::Request request;
        request.method = "POST";
        request.url = url + "/script";
        request.body = std::move(json);
        const auto response = co_await client.asend(std::move(request));
        if (response.status != 200) throw std::runtime_error(response.body);
    }
    Task<std::string> requests() {
        HttpClient client(executor);
        HttpClient::Request request;
        request.url = url + "/requests";
        auto response = co_await client.asend(std::move(request));
        co_return std::move(response.body);
    }

    std::string url;
    /// Where calls of this object run; set by the test.
    Executor executor;

  private:
    ChildProcess start() {
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
        output_ = FileDescriptor(ends[0]);
        const FileDescriptor theirs(ends[1]);
        const char* path = std::getenv("PATH");
        return ChildProcess::spawn({.path = "/usr/bin/env",
                                    .args = {"python3", "tests/e2e/scripted_llm_server.py"},
                                    .env = {std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin")},
                                    .descriptors = {{1, theirs.get()}, {2, theirs.get()}}});
    }

    FileDescriptor output_;
    ChildProcess child_;
};

}  // namespace docmind::test
