#include <docmind/query_pipeline.hpp>

#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
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

bool fits(const std::optional<std::type_index>& given, const std::optional<std::type_index>& wanted) {
    return !given || !wanted || *given == *wanted;
}

const QueryKey* find_key(const std::vector<QueryKey>& keys, const std::string& name) {
    const auto found = std::ranges::find(keys, name, &QueryKey::name);
    return found == keys.end() ? nullptr : &*found;
}

void check_keys(const std::string& module, const std::vector<QueryKey>& keys, const char* what) {
    std::set<std::string> names;
    for (const QueryKey& key : keys) {
        if (key.name.empty()) refuse(fmt::format("The module \"{}\" has an {} without a name.", module, what));
        if (!names.insert(key.name).second) refuse(fmt::format("The module \"{}\" has two {}s \"{}\".", module, what, key.name));
    }
}

Error of_module(errc code, const char* message, const std::string& module) {
    return Error(code, fmt::format("{} (module \"{}\")", message, module));
}

}  // namespace

void detail::check_input_names(const std::vector<std::string>& names, std::size_t parameters) {
    if (parameters == static_cast<std::size_t>(-1)) refuse("A component needs a function.");
    if (names.size() != parameters) refuse(fmt::format("The function takes {} inputs, {} are named.", parameters, names.size()));
    std::vector<QueryKey> keys;
    for (const std::string& name : names) keys.push_back({name, std::nullopt, true});
    check_keys("function", keys, "input");
}

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

QueryPipeline::QueryPipeline(Params params) : params_(params) {
    if (params_.modules_at_once == 0 || params_.inputs_at_once == 0 || params_.max_modules == 0) {
        refuse("modules_at_once, inputs_at_once and max_modules must be at least 1.");
    }
}

void QueryPipeline::add_modules(Modules modules) {
    std::map<std::string, Module> added;
    for (auto& [name, component] : modules) {
        if (name.empty() || name == input_name) refuse("A module needs a name, and not \"input\": that is the pipeline's own.");
        if (modules_.contains(name)) refuse(fmt::format("There is a module \"{}\" already.", name));
        if (!component) refuse(fmt::format("The module \"{}\" has no component.", name));
        Module module{component, component->input_keys(), component->output_keys()};
        check_keys(name, module.inputs, "input");
        check_keys(name, module.outputs, "output");
        added.emplace(name, std::move(module));
    }
    if (modules_.size() + added.size() > params_.max_modules) refuse(fmt::format("At most {} modules are possible.", params_.max_modules));
    modules_.merge(added);
}

const QueryPipeline::Module& QueryPipeline::module(const std::string& name) const {
    const auto found = modules_.find(name);
    if (found == modules_.end()) refuse(fmt::format("There is no module \"{}\": add_modules() comes first.", name));
    return found->second;
}

const QueryKey& QueryPipeline::source_key(const Link& link) const {
    const Module& from = module(link.source);
    if (!link.src_key.empty()) {
        if (const QueryKey* key = find_key(from.outputs, link.src_key)) return *key;
        refuse(fmt::format("The module \"{}\" has no output \"{}\".", link.source, link.src_key));
    }
    if (from.outputs.size() != 1) refuse(fmt::format("Which output of the module \"{}\" is meant? Say its src_key.", link.source));
    return from.outputs.front();
}

const QueryKey& QueryPipeline::destination_key(const Link& link, std::optional<std::type_index> type) const {
    const Module& to = module(link.destination);
    if (!link.dest_key.empty()) {
        if (const QueryKey* key = find_key(to.inputs, link.dest_key)) return *key;
        refuse(fmt::format("The module \"{}\" has no input \"{}\".", link.destination, link.dest_key));
    }
    std::vector<const QueryKey*> open;
    for (const QueryKey& key : to.inputs) {
        if (key.required && fits(type, key.type) && !is_fed(link.destination, key.name)) open.push_back(&key);
    }
    if (open.size() == 1) return *open.front();
    refuse(fmt::format("Which input of the module \"{}\" shall \"{}\" feed? {} Say its dest_key.", link.destination, link.source,
                       open.empty() ? "No required one that is still open takes this." : "Several are open."));
}

bool QueryPipeline::is_fed(const std::string& name, const std::string& key) const {
    return std::ranges::any_of(links_, [&](const Link& link) { return link.destination == name && link.dest_key == key; });
}

bool QueryPipeline::leads_to(const std::string& from, const std::string& to) const {
    std::vector<std::string> open{from};
    std::set<std::string> seen;
    while (!open.empty()) {
        const std::string name = std::move(open.back());
        open.pop_back();
        if (name == to) return true;
        if (!seen.insert(name).second) continue;
        for (const Link& link : links_) {
            if (link.source == name) open.push_back(link.destination);
        }
    }
    return false;
}

void QueryPipeline::add_link(std::string source, std::string destination, LinkKeys keys) {
    Link link{std::move(source), std::move(keys.src_key), std::move(destination), std::move(keys.dest_key)};
    std::optional<std::type_index> type;
    if (link.source == input_name) {
        if (link.src_key.empty()) link.src_key = input_name;
    } else {
        const QueryKey& key = source_key(link);
        link.src_key = key.name;
        type = key.type;
    }
    const QueryKey& key = destination_key(link, type);
    link.dest_key = key.name;
    if (!fits(type, key.type)) {
        refuse(fmt::format("The output \"{}\" of the module \"{}\" is {}, the input \"{}\" of the module \"{}\" takes {}.", link.src_key,
                           link.source, query_type_name(*type), link.dest_key, link.destination, query_type_name(*key.type)));
    }
    if (is_fed(link.destination, link.dest_key)) {
        refuse(fmt::format("The input \"{}\" of the module \"{}\" is fed already.", link.dest_key, link.destination));
    }
    if (leads_to(link.destination, link.source)) {
        refuse(fmt::format("A link from \"{}\" to \"{}\" would close a circle.", link.source, link.destination));
    }
    links_.push_back(std::move(link));
}

void QueryPipeline::add_chain(std::vector<std::string> names) {
    if (names.size() < 2) refuse("A chain needs two modules or more.");
    const std::vector<Link> before = links_;
    try {
        for (std::size_t i = 0; i + 1 < names.size(); ++i) add_link(names[i], names[i + 1]);
    } catch (const Error&) {
        links_ = before;
        throw;
    }
}

void QueryPipeline::remove_link(const std::string& source, const std::string& destination) {
    const auto removed = std::erase_if(links_, [&](const Link& link) { return link.source == source && link.destination == destination; });
    if (removed == 0) refuse(fmt::format("There is no link from \"{}\" to \"{}\".", source, destination));
}

void QueryPipeline::check() const {
    if (modules_.empty()) refuse("The pipeline has no modules.");
    for (const auto& [name, module] : modules_) {
        for (const QueryKey& key : module.inputs) {
            if (key.required && !is_fed(name, key.name)) {
                refuse(fmt::format("Nothing feeds the input \"{}\" of the module \"{}\".", key.name, name));
            }
        }
    }
}

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
        const QueryKey* key = find_key(self.inputs, key_name);
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
