#pragma once
// "How long will the rest take?" Learns from what was done: how fast files of a kind are read, how many passages they make, how fast the
// model embeds. Pure: knows no clock and no store; remembers as text, so that a restart goes on with what was learnt.

#include <docmind/document_store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class IngestionRates {
  public:
    /// A document of this kind (file_kind) was read in so many seconds and made so many passages.
    void learn_document(const std::string& kind, std::uint64_t bytes, double reading_seconds, std::uint64_t nodes);
    /// The model embedded so many passages in so many seconds.
    void learn_embedding(std::uint64_t nodes, double seconds);

    /// What is known to be left of a document that is in work.
    struct Remaining {
        std::string kind;
        std::uint64_t bytes = 0;
        double to_read = 1, to_embed = 1;  ///< how much of it, 0..1
    };
    /// Seconds until all of it is searchable: reading (on `readers` processes) and embedding overlap, so the slower counts. Nothing until
    /// a first document has been embedded.
    [[nodiscard]] std::optional<double> seconds_left(const std::vector<LibrarySummary::Kind>& waiting, const std::vector<Remaining>& active,
                                                     std::size_t readers) const;
    [[nodiscard]] std::optional<double> nodes_per_second() const;

    [[nodiscard]] std::string to_text() const;
    /// Lines that make no sense are passed over.
    [[nodiscard]] static IngestionRates from_text(const std::string& text);

  private:
    struct Sums {
        double documents = 0, bytes = 0, seconds = 0, nodes = 0;
    };
    [[nodiscard]] const Sums& of(const std::string& kind) const;

    std::map<std::string, Sums> kinds_;
    Sums all_;
    double embedded_ = 0, embedding_seconds_ = 0;
};

}  // namespace docmind
