#pragma once
// "What is known of this passage?"

#include <docmind/node.hpp>

#include "node_parser/section_path.hpp"
#include "node_parser/unicode.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace docmind {

/// Makes the nodes of a document, page by page, from where they stand.
class NodeMaker {
  public:
    /// `document` outlives this.
    explicit NodeMaker(const Document& document);

    /// Goes on to the next page, whose sections begin where the page says. Errors: too_large (a page over 4 GB).
    void begin_page(const Page& page);
    /// The same with other sections, as section_starts() gives them.
    void begin_page(const Page& page, std::vector<Heading> starts);
    /// The passage after the last one, which begins and ends behind where that began and ended. Its section is the one in which the text
    /// begins that the passage before does not have, or a later one where `section_at`, a byte of the page, says so.
    Node& add(unicode::Range range, std::uint32_t tokens, std::size_t section_at = 0);
    [[nodiscard]] std::vector<Node> take();

  private:
    const Document& document_;
    const std::string title_;
    const Page* page_ = nullptr;
    std::size_t said_ = 0;  // the end of the last passage on the page
    SectionPath section_;
    std::vector<Node> nodes_;
};

/// What a reader should see around the passage; nothing more where it is the passage itself.
void set_context(unicode::Range context, Node* node);

}  // namespace docmind
