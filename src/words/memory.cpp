#include <docmind/memory.hpp>

#include <array>
#include <utility>

namespace docmind {

namespace {
constexpr std::array<std::pair<SupportProblem, std::string_view>, 5> names{{{SupportProblem::none, ""},
                                                                            {SupportProblem::words, "words"},
                                                                            {SupportProblem::numbers, "numbers"},
                                                                            {SupportProblem::names, "names"},
                                                                            {SupportProblem::opposite, "opposite"}}};
}  // namespace

std::string_view to_string(SupportProblem problem) noexcept {
    for (const auto& [value, name] : names) {
        if (value == problem) return name;
    }
    return "";
}

SupportProblem support_problem(std::string_view name) noexcept {
    for (const auto& [value, known] : names) {
        if (known == name) return value;
    }
    return SupportProblem::words;
}

}  // namespace docmind
