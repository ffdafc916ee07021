#pragma once
// For tests: a model server on a real socket for as long as a test runs, and what a call failed of.

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <gtest/gtest.h>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <string>

#include "async/scope.hpp"
#include "net/http_server.hpp"

namespace docmind::test {

struct Failure {
    errc code = errc::internal;
    std::string message;
};

template <class T>
Task<Failure> failure_of(Task<T> task) {
    Failure failure;
    try {
        co_await std::move(task);
        ADD_FAILURE() << "it did not fail";
    } catch (const Error& error) {
        failure = {error.code(), error.what()};
    }
    EXPECT_EQ(failure.message.find("secret-key"), std::string::npos) << failure.message;
    co_return failure;
}

/// `World` has a handler with the event `never`, on which it hangs where it is told to, an executor and a url.
template <class World>
Task<> with_model_server(World* world, Task<> (*test)(World* world)) {
    world->executor = co_await boost::asio::this_coro::executor;
    HttpServer server({.port = 0}, world->handler, world->executor);
    world->url = "http://127.0.0.1:" + std::to_string(server.port());
    Scope accepting(world->executor);
    accepting.spawn(server.arun());
    std::exception_ptr failure;
    try {
        co_await test(world);
    } catch (...) {
        failure = std::current_exception();
    }
    world->handler.never.set();
    co_await server.astop(std::chrono::seconds(5));
    co_await accepting.close(std::chrono::seconds(5));
    if (failure) std::rethrow_exception(failure);
}

}  // namespace docmind::test
