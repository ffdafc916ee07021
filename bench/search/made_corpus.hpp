#pragma once
// A made corpus that searches behave on as on a real one: words fall off as in language (Zipf), passages have topics with words of their
// own, vectors lie in clusters around a common direction. The same numbers give the same corpus; nothing of it is kept.

#include <docmind/node.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace docmind::bench {

struct MadePassage {
    std::string text;
    Vector embedding;
};

struct MadeQuestion {
    std::string text;
    Vector embedding;
};

class MadeCorpus {
  public:
    struct Params {
        std::size_t dimension = 384;
        std::size_t topics = 2'000;
        std::size_t vocabulary = 200'000;
        std::size_t words = 170;  ///< of a passage, about; 256 tokens are that many
    };

    MadeCorpus() : MadeCorpus(Params{}) {}
    explicit MadeCorpus(Params params);

    [[nodiscard]] MadePassage passage(std::size_t number) const;
    [[nodiscard]] Vector vector_of(std::size_t number) const;
    /// Asks for what one of the first `passages` says: some of its words among stop words, and a vector near its own.
    [[nodiscard]] MadeQuestion question(std::size_t number, std::size_t passages) const;
    /// Passages [number * size, number * size + size) as a document.
    [[nodiscard]] EmbeddedDocument document(std::size_t number, std::size_t size) const;

  private:
    struct Random;
    [[nodiscard]] std::string word(std::size_t rank) const;
    [[nodiscard]] std::vector<std::size_t> ranks(std::size_t number) const;

    Params params_;
    std::vector<Vector> centres_;
    std::vector<double> cumulative_;  // of the words' frequencies
};

}  // namespace docmind::bench
