#pragma once
// "Which model do these settings mean?" The configured server, the built-in one, and those that stand in for them.

#include <docmind/llm.hpp>
#include <docmind/settings.hpp>

#include <cstddef>
#include <memory>

#include "llms/built_in_llm.hpp"

namespace docmind {

struct MadeLLM {
    std::shared_ptr<LLM> llm;
    std::shared_ptr<BuiltInLLM> built_in;  ///< where it is asked, first or later; else null
};

/// `built_in` is used again where it is as these settings want it. Errors: invalid_argument.
[[nodiscard]] MadeLLM make_llm(const Settings& settings, MadeLLM before, Executor executor);

/// Calls at once: llm.slots, else what suits the model that is asked first.
[[nodiscard]] std::size_t llm_slots(const Settings& settings);

/// Tokens of one call where neither the settings nor the server say.
constexpr int default_context_window = 4096;

}  // namespace docmind
