#include <docmind/summary.hpp>

#include "agent/answer_writer.hpp"
#include "agent/cited_text.hpp"
#include "agent/prompt.hpp"
#include "agent/repetition.hpp"
#include "agent/summary_notes.hpp"
#include "agent/summary_prompt.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <ranges>
#include <stop_token>
#include <utility>

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/when_all.hpp"

namespace docmind {

namespace {

constexpr std::size_t nodes_at_once = 200;  // read from the store while windows are planned

SummaryPrompt prompt_for(const DocumentSummary::Params& params, const LLM* llm) {
    const int known = llm != nullptr ? llm->metadata().context_window : 0;
    return SummaryPrompt(
        {.boundary = make_boundary(), .context_window = known > 0 ? known : params.context_window, .max_tokens = params.max_tokens});
}

void add(std::optional<ChatUsage>& sum, const std::optional<ChatUsage>& usage) {
    if (!usage) return;
    if (!sum) sum.emplace();
    sum->prompt_tokens += usage->prompt_tokens;
    sum->completion_tokens += usage->completion_tokens;
}

// What the model said, up to where it began to repeat itself; nothing where it cannot be used now.
Task<std::string> ask(LLM* llm, ChatRequest request, std::chrono::milliseconds limit, std::optional<ChatUsage>* usage, std::string* why) {
    std::string said;
    try {
        ChatResponse response = co_await with_deadline(llm->achat(std::move(request)), limit);
        add(*usage, response.usage);
        said = std::move(response.text);
        if (said.empty()) *why = why_no_words(response.finish_reason);
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
        *why = error.what();
    }
    if (const auto repeated = find_repetition(said)) said.resize(*repeated);
    co_return said;
}

DocumentSummary::Params checked(DocumentSummary::Params params) {
    if (params.windows_at_once < 1 || params.max_windows < 1 || params.sentences_per_window < 1 || params.sentences < 1 ||
        params.notes_at_once < 2 || params.key_sentences < 1 || params.max_tokens < 1) {
        throw Error(errc::invalid_argument, "The limits of a summary must be at least 1, and notes_at_once at least 2.");
    }
    return params;
}

std::string pages_in_words(int first, int last) {
    return first == last ? "page " + std::to_string(first) : "pages " + std::to_string(first) + "–" + std::to_string(last);
}

}  // namespace

struct DocumentSummary::Run {
    struct Window {
        std::size_t offset = 0, count = 0;  // of the document's nodes
        int first_page = 1, last_page = 1;
        std::vector<SummaryNote> notes;
    };

    Run(SummaryPrompt p, bool with_model, Tell t) : prompt(std::move(p)), model(with_model), tell(std::move(t)) {}

    DocumentRecord record;
    SummaryPrompt prompt;
    bool model;
    Tell tell;
    std::vector<Window> windows;
    std::vector<std::vector<SummaryNote>> groups;  // of notes that are put together
    std::size_t done = 0, of = 0;
    std::size_t read = 0;      // windows
    std::size_t too_long = 0;  // passages
    bool cut = false;          // there is more than windows reach
    std::size_t stood_in = 0;  // windows whose own sentences stand in for a model's
    std::string why;           // the model's last failure
    std::optional<ChatUsage> usage;

    std::vector<SummaryNote> notes() const {
        std::vector<SummaryNote> all;
        for (const Window& window : windows) all.insert(all.end(), window.notes.begin(), window.notes.end());
        return all;
    }

    void add_remarks(AgentResponse& response) const {
        response.usage = usage;
        response.degraded = !model || (!windows.empty() && stood_in == windows.size());
        if (!model)
            response.notes.emplace_back(
                "No language model that is large enough to summarise is configured: these are the document's own key sentences.");
        if (stood_in > 0) {
            response.notes.push_back("For " + std::to_string(stood_in) + " of " + std::to_string(windows.size()) +
                                     " parts the document's own sentences stand in: the model said nothing of them that holds. " + why);
        }
        if (too_long > 0)
            response.notes.push_back(std::to_string(too_long) +
                                     " passages are longer than the language model can read, and were left out.");
        if (cut) {
            response.notes.push_back("The document is longer than a summary reaches: it covers " +
                                     pages_in_words(windows.front().first_page, windows.back().last_page) + " of " +
                                     std::to_string(record.pages) + ".");
        }
    }

    Task<> progress(std::string text) {
        ++done;
        if (!tell) co_return;
        SummaryProgress now{done, of, std::move(text), {}};
        const std::string head = "Read so far: " + std::to_string(read) + " of " + std::to_string(windows.size()) + " parts.\n\n";
        now.so_far = listed(head, notes());
        add_remarks(now.so_far);
        co_await tell(std::move(now));
    }
};

DocumentSummary::DocumentSummary(Params params, DocumentStore& documents, VectorStore& vectors, LLM* llm, Pool& cpu_pool)
    : params_(checked(params)), documents_(documents), vectors_(vectors), llm_(llm), cpu_pool_(cpu_pool) {}

// Which passages are read together: as many as the model can read at once, whole.
Task<> DocumentSummary::plan(Run* run) {
    Run::Window window;
    std::size_t tokens = 0;
    const auto close = [&] {
        if (window.count > 0) run->windows.push_back(std::move(window));
        window = {};
        tokens = 0;
    };
    std::size_t offset = 0;
    while (!run->cut) {
        const auto nodes = co_await vectors_.aget_nodes(run->record.id, offset, nodes_at_once);
        if (nodes.empty()) break;
        for (const Node& node : nodes) {
            const std::size_t at = offset++;
            const Source source{99, {.node = node, .document_name = run->record.name}};
            const std::size_t cost = run->prompt.cost(source);
            if (cost > run->prompt.room()) {
                ++run->too_long;
                close();
                continue;
            }
            if (tokens + cost > run->prompt.room()) close();
            if (run->windows.size() == params_.max_windows) {
                run->cut = true;
                break;
            }
            if (window.count == 0) window = {.offset = at, .first_page = node.page};
            ++window.count;
            window.last_page = node.page;
            tokens += cost;
        }
    }
    close();
}

Task<> DocumentSummary::read_window(Run* run, std::size_t at) {
    Run::Window& window = run->windows[at];
    const auto nodes = co_await vectors_.aget_nodes(run->record.id, window.offset, window.count);
    std::vector<NodeWithScore> passages;
    for (const Node& node : nodes) passages.push_back({.node = node, .document_name = run->record.name});
    auto sources = number_sources(passages, passages.size());
    std::string said;
    if (run->model) {
        auto request = run->prompt.window_request(sources, params_.sentences_per_window);
        said = co_await ask(llm_, std::move(request), params_.limit, &run->usage, &run->why);
    }
    // A model that writes more than it was asked for is heard as far as it was asked.
    const std::size_t most = 2 * params_.sentences_per_window;
    const std::size_t keys = run->model ? 1 : params_.key_sentences / run->windows.size() + 1;
    auto work = [said = std::move(said), sources = std::move(sources), boundary = run->prompt.boundary(), most, keys](std::stop_token) {
        auto notes = spread(notes_in(said, sources, boundary), most);
        return notes.empty() ? key_notes(sources, keys) : notes;
    };
    window.notes = co_await offload(cpu_pool_, Priority::interactive, std::move(work));
    if (run->model && (window.notes.empty() || window.notes.front().quoted)) ++run->stood_in;
    ++run->read;
    co_await run->progress(pages_in_words(window.first_page, window.last_page));
}

Task<> DocumentSummary::reduce_group(Run* run, std::size_t at) {
    std::vector<SummaryNote>& group = run->groups[at];
    const std::size_t most = std::max<std::size_t>(std::min(group.size() / 2, params_.sentences), 1);
    auto request = run->prompt.notes_request(as_sources(group), most, false);
    const auto said = co_await ask(llm_, std::move(request), params_.limit, &run->usage, &run->why);
    auto work = [said, passages = passages_of(group), boundary = run->prompt.boundary()](std::stop_token) {
        return notes_in(said, passages, boundary);
    };
    auto notes = co_await offload(cpu_pool_, Priority::interactive, std::move(work));
    group = spread(notes.empty() ? std::move(group) : std::move(notes), most);
    co_await run->progress("put notes together");
}

// The notes become fewer until one call can read them all.
Task<> DocumentSummary::put_together(Run* run) {
    run->groups = {run->notes()};
    while (true) {
        std::vector<SummaryNote> notes;
        for (auto& group : run->groups) std::ranges::move(group, std::back_inserter(notes));
        run->groups.clear();
        std::size_t tokens = 0;
        for (SummaryNote& note : notes) {
            const std::size_t cost = run->prompt.cost(as_sources({note}).front());
            const bool full =
                !run->groups.empty() && (run->groups.back().size() >= params_.notes_at_once || tokens + cost > run->prompt.room());
            if (run->groups.empty() || full) {
                run->groups.emplace_back();
                tokens = 0;
            }
            tokens += cost;
            run->groups.back().push_back(std::move(note));
        }
        if (run->groups.size() <= 1 || run->groups.size() == notes.size()) co_return;
        run->of += run->groups.size();
        const auto reduce = [this, run](std::size_t at) { return reduce_group(run, at); };
        co_await for_each_limited(std::views::iota(std::size_t{0}, run->groups.size()), params_.windows_at_once, reduce);
    }
}

Task<AgentResponse> DocumentSummary::arun(std::string document_id, Tell tell) {
    // What it is called and how much it reads is known once it was asked.
    if (llm_ != nullptr) static_cast<void>(co_await llm_->astatus());
    const bool model = llm_ != nullptr && style_for(llm_->metadata().model) == PromptStyle::full;
    Run run(prompt_for(params_, model ? llm_ : nullptr), model, std::move(tell));
    const auto record = co_await documents_.afind(document_id);
    if (!record) throw Error(errc::not_found, "There is no document " + document_id + ".");
    if (record->nodes == 0) throw Error(errc::conflict, record->name + " has no passages yet.");
    run.record = *record;
    co_await plan(&run);
    const bool one_text = model && run.windows.size() > 1;
    run.of = run.windows.size() + (one_text ? 1 : 0);
    const auto read = [this, &run](std::size_t at) { return read_window(&run, at); };
    co_await for_each_limited(std::views::iota(std::size_t{0}, run.windows.size()), params_.windows_at_once, read);

    AgentResponse response;
    if (one_text && run.stood_in < run.windows.size()) {
        co_await put_together(&run);
        const std::vector<SummaryNote> notes = run.groups.empty() ? std::vector<SummaryNote>() : run.groups.front();
        auto request = run.prompt.notes_request(as_sources(notes), params_.sentences, true);
        const auto said = co_await ask(llm_, std::move(request), params_.limit, &run.usage, &run.why);
        auto work = [said, passages = passages_of(notes), boundary = run.prompt.boundary()](std::stop_token) {
            return align_said(said, passages, boundary);
        };
        auto aligned = co_await offload(cpu_pool_, Priority::interactive, std::move(work));
        if (!aligned.citations.empty()) {
            response.answer = std::move(aligned.answer);
            response.citations = std::move(aligned.citations);
            response.sentences = std::move(aligned.sentences);
        } else {
            response = listed("", notes);
            response.notes.push_back("The parts were not made one text. " +
                                     (run.why.empty() ? "What the model wrote rests on none of them." : run.why));
        }
    } else {
        response = listed("", model && !one_text ? run.notes() : spread(run.notes(), params_.key_sentences));
    }
    response.found = !response.citations.empty();
    if (!response.found) response.answer = "The document has no text that could be summarised.";
    run.add_remarks(response);
    if (response.found) response.confidence = answer_confidence(std::nullopt, response.sentences);
    co_return response;
}

}  // namespace docmind
