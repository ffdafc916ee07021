#pragma once
// "How do the answers to several questions become one?" Each under its question, the citations numbered through.

#include <docmind/agent.hpp>

#include <string>
#include <vector>

namespace docmind {

struct PartAnswer {
    std::string question;
    AgentResponse response;
};

/// One part stays as it is. Of several, [n] in each answer names the same citation as before under its new number, and a number that names
/// none stays as it stands; found where one part was, degraded where one was; usage summed; notes each once; sentences where they now
/// stand; the confidence is the mean of those there are. Timings are left out.
[[nodiscard]] AgentResponse combine_answers(std::vector<PartAnswer> parts);

}  // namespace docmind
