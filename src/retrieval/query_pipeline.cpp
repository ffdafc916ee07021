// How a pipeline is put together; how it runs is in query_pipeline_run.cpp.

#include <docmind/query_pipeline.hpp>

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace docmind {

namespace {

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

}  // namespace

void detail::check_function(bool is_one, const std::vector<std::string>& input_names, std::size_t parameters) {
    if (!is_one) refuse("A component needs a function.");
    if (input_names.size() != parameters) {
        refuse(fmt::format("The function takes {} inputs, {} are named.", parameters, input_names.size()));
    }
    std::vector<QueryKey> keys;
    for (const std::string& name : input_names) keys.push_back({name, std::nullopt, true});
    check_keys("function", keys, "input");
}

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

}  // namespace docmind
