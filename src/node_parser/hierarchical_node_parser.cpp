#include "node_parser/hierarchical_node_parser.hpp"

#include "node_parser/markdown_scanner.hpp"
#include "node_parser/node_maker.hpp"
#include "node_parser/section_path.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace docmind {
namespace {

/// The first piece of every section opens a part.
void open_sections(const std::vector<Section>& sections, std::vector<Piece>* pieces) {
    std::size_t next = 0;
    for (const Section& section : sections) {
        while (next < pieces->size() && (*pieces)[next].begin < section.begin) ++next;
        if (next < pieces->size()) (*pieces)[next].opens = true;
    }
}

}  // namespace

HierarchicalNodeParser::HierarchicalNodeParser(Params params, const TokenCounter& counter)
    : sizes_(std::move(params.chunk_sizes)),
      limits_{.tokens = sizes_.empty() ? 0 : sizes_.back(), .overlap = params.chunk_overlap},
      measure_(limits_, counter) {
    const bool falls = std::ranges::adjacent_find(sizes_, std::less_equal<>()) == sizes_.end();
    if (sizes_.size() < 2 || sizes_.size() > 3 || !falls)
        throw Error(errc::invalid_argument, "chunk_sizes must be 2 or 3 numbers of tokens, each less than the one before.");
    limits_.check();
}

std::vector<Chunk> HierarchicalNodeParser::pack_parts(const std::vector<Piece>& pieces, const std::vector<Chunk>& runs,
                                                      const PassageLimits& limits) const {
    std::vector<Chunk> parts;
    for (const Chunk& run : runs) {
        std::vector<Chunk> packed = pack(pieces, run, limits);
        even_out_rest(pieces, limits, &packed);
        parts.insert(parts.end(), packed.begin(), packed.end());
    }
    return parts;
}

std::vector<Node> HierarchicalNodeParser::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        const std::vector<Heading> starts = section_starts(page.text, page.headings);
        maker.begin_page(page, starts);
        const PageBlocks blocks = scan_blocks(page.text, starts);
        std::vector<Piece> pieces = measure_.measure(page.text, blocks.units, stop);
        keep_together(blocks.groups, limits_, &pieces);
        open_sections(sections_of(page.text, starts), &pieces);
        std::vector<Chunk> parts{{0, pieces.size()}};
        for (std::size_t level = 0; level + 1 < sizes_.size(); ++level)
            parts = pack_parts(pieces, parts, {.tokens = sizes_[level], .overlap = 0});
        std::vector<Chunk> chunks;
        std::vector<std::size_t> part_of;  // of each chunk
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const std::vector<Chunk> packed = pack_parts(pieces, {parts[part]}, limits_);
            chunks.insert(chunks.end(), packed.begin(), packed.end());
            part_of.resize(chunks.size(), part);
        }
        const std::vector<unicode::Range> contexts = ranges_of(pieces, parts);
        for (const Passage& passage : measure_.verify(page.text, ranges_of(pieces, chunks), stop))
            set_context(contexts[part_of[passage.source]], &maker.add(passage.range, passage.tokens));
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string HierarchicalNodeParser::fingerprint() const {
    std::string name = "hierarchical/1";
    for (const std::size_t size : sizes_) name += (size == sizes_.front() ? " " : ">") + std::to_string(size);
    return name + "/" + std::to_string(limits_.overlap);
}

}  // namespace docmind
