#pragma once
// "How does a question run through its steps?" A graph of modules: what does not wait for another runs at the same time.
//
//   QueryPipeline pipeline;
//   pipeline.add_modules({{"retriever", retriever}, {"synthesizer", synthesizer}});
//   pipeline.add_link("input", "synthesizer", {.dest_key = "query_str"});
//   pipeline.add_chain({"input", "retriever", "synthesizer"});
//   QueryResult result = co_await pipeline.arun("Who built the bridge?");
//
// A module runs once all that is linked to it has come, and only then. Where a module leaves an optional output out, what needs it is
// skipped, and what needs that: so a step chooses what happens next.

#include <docmind/query_component.hpp>
#include <docmind/query_value.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

namespace docmind {

/// What came out, and how long each module took.
struct QueryResult {
    std::map<std::string, QueryValues> outputs;  ///< of the modules from which no link leads on, where they ran
    std::map<std::string, double> timings_ms;    ///< of each module that ran, without what it waited for
    double total_ms = 0;

    /// The only output. Errors: invalid_argument (there are several or none, another type).
    template <class T>
    [[nodiscard]] const T& get() const {
        return only().get<T>();
    }
    /// The same, moved out where nobody else holds it.
    template <class T>
    [[nodiscard]] T take() {
        static_cast<void>(only());
        return outputs.begin()->second.begin()->second.take<T>();
    }
    /// Errors: not_found (no such output), invalid_argument (another type).
    template <class T>
    [[nodiscard]] const T& get(std::string_view module, std::string_view key = "output") const {
        return at(module, key).get<T>();
    }
    [[nodiscard]] const QueryValue& only() const;
    [[nodiscard]] const QueryValue& at(std::string_view module, std::string_view key) const;
};

/// Which output a link takes and which input it feeds, where that is not plain. Empty src_key: the module's only output; of "input", the
/// key "input". Empty dest_key: the only required input of that type that nothing feeds yet.
struct LinkKeys {
    std::string src_key;
    std::string dest_key;
};

/// Answers "what came of this input?". Built once, then run as often as wanted, also many times at once; not changed while it runs, and it
/// outlives its runs. Copies share their modules. Every way of building it wrong is Error{invalid_argument} that names the modules.
class QueryPipeline {
  public:
    struct Params {
        std::size_t modules_at_once = 16;  ///< of one input
        std::size_t inputs_at_once = 4;    ///< of parallel_run
        std::size_t max_modules = 256;
    };
    using Modules = std::map<std::string, std::shared_ptr<QueryComponent>>;

    /// The name under which links take the pipeline's own input.
    static constexpr std::string_view input_name = "input";

    QueryPipeline() : QueryPipeline(Params{}) {}
    /// Errors: invalid_argument (a limit of zero).
    explicit QueryPipeline(Params params);

    /// Errors: a name that is empty, "input", or there already; no component; more than max_modules.
    void add_modules(Modules modules);
    /// Errors: an unknown module or key, types that do not fit, an input that is fed already, a circle.
    void add_link(std::string source, std::string destination, LinkKeys keys = {});
    /// A link from each to the next. Errors as add_link; of a chain that fails nothing is added.
    void add_chain(std::vector<std::string> names);
    /// All links from `source` to `destination`, so that something can come between them. Errors: there is none.
    void remove_link(const std::string& source, const std::string& destination);
    /// That the graph is whole. Errors: no modules, a required input that nothing feeds. A run begins with it.
    void check() const;

    /// Errors: those of the modules, their message ending in the module's name; of several the first, the others are cancelled.
    /// invalid_argument: see check(), an input that no link takes or that a link misses.
    Task<QueryResult> arun(QueryValue input);
    /// The same for several inputs by name (LinkKeys::src_key).
    Task<QueryResult> arun_with(QueryValues inputs);
    /// One result for each input, in order, inputs_at_once at a time. The first failure cancels the others; its message names the input's
    /// place, from 1.
    Task<std::vector<QueryResult>> parallel_run(std::vector<QueryValue> inputs);

  private:
    struct Link {
        std::string source, src_key, destination, dest_key;
    };
    struct Module {
        std::shared_ptr<QueryComponent> component;
        std::vector<QueryKey> inputs, outputs;
    };
    struct Run;

    [[nodiscard]] const Module& module(const std::string& name) const;
    [[nodiscard]] const QueryKey& source_key(const Link& link) const;
    [[nodiscard]] const QueryKey& destination_key(const Link& link, std::optional<std::type_index> type) const;
    [[nodiscard]] bool is_fed(const std::string& name, const std::string& key) const;
    [[nodiscard]] bool leads_to(const std::string& from, const std::string& to) const;
    void check_inputs(const QueryValues& inputs) const;
    Task<> run_module(Run* run, std::string name);
    Task<QueryValues> run_component(std::string name, QueryValues inputs);
    Task<> run_input(QueryValue input, std::size_t place, QueryResult* result);

    Params params_;
    std::map<std::string, Module> modules_;
    std::vector<Link> links_;
};

}  // namespace docmind
