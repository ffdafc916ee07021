#include "application/make_llm.hpp"

#include <utility>
#include <vector>

#include "application/hardware.hpp"
#include "application/milliseconds.hpp"
#include "application/server_list.hpp"
#include "llms/fallback_llm.hpp"
#include "llms/openai_llm.hpp"

namespace docmind {
namespace {

constexpr std::size_t default_slots = 2;

/// Read once: it stays as it is, and its files are not read on the I/O thread again and again.
const ModelSize& size_here() {
    static const ModelSize size = built_in_size(detect_hardware());
    return size;
}

OpenAILLM::Params llm_params(const Settings::Llm& s) {
    return {.base_url = s.base_url,
            .model = s.model,
            .api_key = s.api_key,
            .context_window = s.context_window,
            .max_tokens = s.max_tokens,
            .temperature = s.temperature,
            .slots = s.slots > 0 ? static_cast<std::size_t>(s.slots) : default_slots,
            .max_waiting = static_cast<std::size_t>(s.max_waiting),
            .first_token_timeout = milliseconds_of(s.first_token_timeout),
            .idle_timeout = milliseconds_of(s.idle_timeout)};
}

}  // namespace

std::size_t llm_slots(const Settings& settings) {
    if (settings.llm.slots > 0) return static_cast<std::size_t>(settings.llm.slots);
    return settings.llm.base_url.empty() ? size_here().slots : default_slots;
}

MadeLLM make_llm(const Settings& settings, MadeLLM before, Executor executor) {
    MadeLLM made;
    std::vector<std::shared_ptr<LLM>> llms;
    std::vector<ServerAddress> servers = parse_servers(settings.llm.fallbacks);
    servers.insert(servers.begin(), {.base_url = settings.llm.base_url, .model = settings.llm.model});
    for (const ServerAddress& server : servers) {
        OpenAILLM::Params params = llm_params(settings.llm);
        if (server.base_url.empty()) {
            if (made.built_in) continue;  // named twice
            const ModelSize& size = size_here();
            if (params.context_window == 0) params.context_window = size.context_window;
            if (settings.llm.slots == 0) params.slots = size.slots;
            const BuiltInLLM::Params wanted{
                .server = {.server_path = settings.llm.server_path, .model_path = settings.llm.model_path, .threads = size.threads},
                .llm = std::move(params)};
            const bool fits = before.built_in && before.built_in->is_made_of(wanted);
            made.built_in = fits ? before.built_in : std::make_shared<BuiltInLLM>(wanted, executor);
            llms.push_back(made.built_in);
            continue;
        }
        // The key is the first server's alone.
        if (!llms.empty()) params.api_key.clear();
        params.base_url = server.base_url;
        params.model = server.model;
        llms.push_back(std::make_shared<OpenAILLM>(std::move(params), executor));
    }
    made.llm = llms.size() == 1 ? llms.front() : std::make_shared<FallbackLLM>(std::move(llms));
    return made;
}

}  // namespace docmind
