#pragma once
// "Does this sentence say the same of the same things?" Two sentences can share nearly all their words and still differ in what matters: a
// number, a name, which of two numbers belongs to what, a "not". This reads both for that, by their words alone. It knows no synonyms:
// what is said in other words altogether is not recognised.

#include "agent/text.hpp"

#include <docmind/memory.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct ClaimWord {
    std::string stem;          ///< of a word that carries meaning; a number in figures ("seven" is 7, "1,872" is 1872)
    text::Span span;           ///< in the text
    std::size_t place = 0;     ///< counts words; what stands between two clauses counts as several
    std::size_t sentence = 0;  ///< from 0
    bool number = false;
    bool capital = false;  ///< begins with a capital letter
    bool first = false;    ///< of its sentence
    bool negated = false;  ///< stands behind a "not", "never", "no" or "without"
    bool turned = false;   ///< its sentence is passive, or relative: who does and who suffers stand in the other order
};

/// A sentence, or a few, as what they claim.
struct Claim {
    std::string_view text;
    std::vector<ClaimWord> words;  ///< those that carry meaning
    /// Words that take something back, in languages where their place does not tell what.
    std::size_t negations = 0;
};

/// `sentences`: where they begin and end in `text`; empty: it is one. The text must outlive the claim.
[[nodiscard]] Claim read_claim(std::string_view text, const std::vector<text::Span>& sentences = {});

/// What of `claim` does not go with `ground`, which has most of its words. `around`: the whole passage, its title and its document's name,
/// from which names may come that `ground` itself takes for known. Never SupportProblem::words.
[[nodiscard]] SupportProblem find_conflict(const Claim& claim, const Claim& ground, const Claim& around);

}  // namespace docmind
