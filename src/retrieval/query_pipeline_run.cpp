// How a pipeline runs: every module is a task that waits for what is linked to it, then for its turn.

#include <docmind/query_pipeline.hpp>

#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <ranges>
#include <set>
#include <utility>

namespace docmind {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(errc::invalid_argument, why);
}

Error of_module(errc code, const char* message, const std::string& module) {
    return Error(code, fmt::format("{} (module \"{}\")", message, module));
}

}  // namespace

const QueryValue& QueryResult::only() const {
    if (outputs.size() != 1 || outputs.begin()->second.size() != 1) {
        refuse("The pipeline has given several outputs, or none: say which one is meant.");
    }
    return outputs.begin()->second.begin()->second;
}

const QueryValue& QueryResult::at(std::string_view module, std::string_view key) const {
    const auto values = outputs.find(std::string(module));
    if (values != outputs.end()) {
        if (const auto value = values->second.find(key); value != values->second.end()) return value->second;
    }
    throw Error(errc::not_found, fmt::format("The pipeline has given no output \"{}\" of a module \"{}\".", key, module));
}

/// One input on its way through the modules.
struct QueryPipeline::Run {
    struct Output {
        QueryValue value;
        std::size_t takers = 0;
    };

    Run(const QueryPipeline& pipeline, QueryValues inputs)
        : running({.permits = pipeline.params_.modules_at_once, .max_waiting = pipeline.modules_.size()}) {
        for (const Link& link : pipeline.links_) {
            ++values[link.source][link.src_key].takers;
            leads_on.insert(link.source);
        }
        for (const auto& [name, module] : pipeline.modules_) finished.try_emplace(name);
        publish(std::string(input_name), std::move(inputs));
    }

    void publish(const std::string& source, QueryValues outputs) {
        const auto wanted = values.find(source);
        if (wanted == values.end()) return;
        for (auto& [key, value] : outputs) {
            if (const auto output = wanted->second.find(key); output != wanted->second.end()) output->second.value = std::move(value);
        }
    }

    /// The last who takes a value holds it alone, and so may move it.
    QueryValue take(const Link& link) {
        Output& output = values[link.source][link.src_key];
        return --output.takers == 0 ? std::exchange(output.value, QueryValue()) : output.value;
    }

    std::map<std::string, std::map<std::string, Output>> values;
    std::set<std::string> leads_on;  ///< modules whose outputs others take
    std::map<std::string, Event> finished;
    Limiter running;
    QueryResult result;
};

void QueryPipeline::check_inputs(const QueryValues& inputs) const {
    std::set<std::string> taken;
    for (const Link& link : links_) {
        if (link.source != input_name) continue;
        taken.insert(link.src_key);
        const auto value = inputs.find(link.src_key);
        if (value == inputs.end() || !value->second.has_value()) {
            refuse(fmt::format("The pipeline needs the input \"{}\" for the module \"{}\".", link.src_key, link.destination));
        }
    }
    for (const auto& [name, value] : inputs) {
        if (!taken.contains(name)) refuse(fmt::format("No module of the pipeline takes an input \"{}\".", name));
    }
}

Task<QueryResult> QueryPipeline::arun(QueryValue input) {
    QueryValues inputs;
    inputs.emplace(input_name, std::move(input));
    co_return co_await arun_with(std::move(inputs));
}

Task<QueryResult> QueryPipeline::arun_with(QueryValues inputs) {
    const auto start = Clock::now();
    check();
    check_inputs(inputs);
    Run run(*this, std::move(inputs));
    std::vector<Task<>> tasks;
    for (const auto& [name, module] : modules_) tasks.push_back(run_module(&run, name));
    co_await when_all(std::move(tasks));
    run.result.total_ms = ms_since(start);
    co_return std::move(run.result);
}

Task<> QueryPipeline::run_module(Run* run, std::string name) {
    QueryValues inputs;
    for (std::size_t i = 0; i < links_.size(); ++i) {
        if (links_[i].destination != name) continue;
        if (links_[i].source != input_name) co_await run->finished.at(links_[i].source).wait();
        QueryValue value = run->take(links_[i]);
        if (value.has_value()) inputs.emplace(links_[i].dest_key, std::move(value));
    }
    const auto is_missing = [&](const QueryKey& key) { return key.required && !inputs.contains(key.name); };
    if (std::ranges::none_of(module(name).inputs, is_missing)) {
        const Permit permit = co_await run->running.acquire();
        const auto start = Clock::now();
        QueryValues outputs = co_await run_component(name, std::move(inputs));
        run->result.timings_ms[name] = ms_since(start);
        if (run->leads_on.contains(name)) {
            run->publish(name, std::move(outputs));
        } else {
            run->result.outputs.emplace(name, std::move(outputs));
        }
    }
    run->finished.at(name).set();
}

Task<QueryValues> QueryPipeline::run_component(std::string name, QueryValues inputs) {
    const Module& self = module(name);
    for (const auto& [key_name, value] : inputs) {
        const auto key = std::ranges::find(self.inputs, key_name, &QueryKey::name);
        if (key->type && *key->type != value.type()) {
            const auto message = fmt::format("The input \"{}\" is {} where {} is expected.", key_name, query_type_name(value.type()),
                                             query_type_name(*key->type));
            throw of_module(errc::invalid_argument, message.c_str(), name);
        }
    }
    QueryValues outputs;
    std::optional<Error> failure;
    try {
        outputs = co_await self.component->arun(std::move(inputs));
    } catch (const Error& error) {
        failure = of_module(error.code(), error.what(), name);
    } catch (const std::exception& error) {
        if (is_cancelled(std::current_exception())) throw;
        failure = of_module(errc::internal, error.what(), name);
    }
    if (failure) throw *failure;
    for (const QueryKey& key : self.outputs) {
        const auto value = outputs.find(key.name);
        const bool given = value != outputs.end() && value->second.has_value();
        if (key.required && !given) throw of_module(errc::internal, fmt::format("It gave no \"{}\".", key.name).c_str(), name);
        if (given && key.type && *key.type != value->second.type()) {
            throw of_module(errc::internal, fmt::format("Its \"{}\" is of another type than it says.", key.name).c_str(), name);
        }
    }
    co_return outputs;
}

Task<std::vector<QueryResult>> QueryPipeline::parallel_run(std::vector<QueryValue> inputs) {
    check();
    std::vector<QueryResult> results(inputs.size());
    const auto run_one = [this, &inputs, &results](std::size_t i) { return run_input(std::move(inputs[i]), i + 1, &results[i]); };
    co_await for_each_limited(std::views::iota(std::size_t{0}, inputs.size()), params_.inputs_at_once, run_one);
    co_return results;
}

Task<> QueryPipeline::run_input(QueryValue input, std::size_t place, QueryResult* result) {
    std::optional<Error> failure;
    try {
        *result = co_await arun(std::move(input));
    } catch (const Error& error) {
        failure = Error(error.code(), fmt::format("{} (input {})", error.what(), place));
    }
    if (failure) throw *failure;
}

}  // namespace docmind
