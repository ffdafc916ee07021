#include "readers/html_reader.hpp"

#include "readers/html_filter.hpp"
#include "readers/text_writer.hpp"

#include <docmind/error.hpp>

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_depth = 512;
constexpr std::size_t max_tree_bytes = std::size_t{640} << 20;

/// Memory for one parse: given back as a whole, because gumbo frees its tree by recursion and cannot say that there is no more memory.
class Arena {
  public:
    std::jmp_buf full;

    void* allocate(std::size_t size) {
        size = (size + 15) & ~std::size_t{15};
        if (size > left_) {
            const std::size_t block = std::max(size, block_bytes);
            void* memory = taken_ + block <= max_tree_bytes ? std::malloc(block) : nullptr;
            // Only frames of gumbo, which is C, lie between here and the setjmp.
            if (memory == nullptr) std::longjmp(full, 1);
            taken_ += block;
            blocks_.emplace_back(static_cast<std::byte*>(memory));
            next_ = blocks_.back().get();
            left_ = block;
        }
        std::byte* result = next_;
        next_ += size;
        left_ -= size;
        return result;
    }

  private:
    static constexpr std::size_t block_bytes = 1 << 20;
    struct Free {
        void operator()(std::byte* p) const { std::free(p); }
    };
    std::vector<std::unique_ptr<std::byte, Free>> blocks_;
    std::byte* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t taken_ = 0;
};

const GumboNode* parse(Arena* arena, const std::string* html) {
    GumboOptions options = kGumboDefaultOptions;
    options.userdata = arena;
    options.allocator = [](void* user, size_t size) { return static_cast<Arena*>(user)->allocate(size); };
    options.deallocator = [](void*, void*) {};
    options.max_errors = 0;
    if (setjmp(arena->full) != 0) return nullptr;
    return gumbo_parse_with_options(&options, html->data(), html->size())->root;
}

constexpr std::array blocks = {GUMBO_TAG_ADDRESS, GUMBO_TAG_ARTICLE,    GUMBO_TAG_ASIDE,  GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_CAPTION,
                               GUMBO_TAG_CENTER,  GUMBO_TAG_DETAILS,    GUMBO_TAG_DIV,    GUMBO_TAG_DL,         GUMBO_TAG_FIELDSET,
                               GUMBO_TAG_FIGURE,  GUMBO_TAG_FIGCAPTION, GUMBO_TAG_FOOTER, GUMBO_TAG_FORM,       GUMBO_TAG_HEADER,
                               GUMBO_TAG_HR,      GUMBO_TAG_MAIN,       GUMBO_TAG_MENU,   GUMBO_TAG_NAV,        GUMBO_TAG_OL,
                               GUMBO_TAG_SECTION, GUMBO_TAG_SUMMARY,    GUMBO_TAG_TABLE,  GUMBO_TAG_UL};
constexpr std::array paragraphs = {GUMBO_TAG_P,  GUMBO_TAG_H1, GUMBO_TAG_H2,  GUMBO_TAG_H3,        GUMBO_TAG_H4,
                                   GUMBO_TAG_H5, GUMBO_TAG_H6, GUMBO_TAG_PRE, GUMBO_TAG_BLOCKQUOTE};
constexpr std::array lines = {GUMBO_TAG_LI, GUMBO_TAG_DT, GUMBO_TAG_DD, GUMBO_TAG_TR, GUMBO_TAG_BR, GUMBO_TAG_OPTION, GUMBO_TAG_BODY};

template <class Tags>
bool contains(const Tags& tags, GumboTag tag) {
    return std::ranges::find(tags, tag) != tags.end();
}

const GumboVector* children_of(const GumboNode* node) {
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE ? &node->v.element.children : nullptr;
}

/// Walks the tree without recursion.
class Walk {
  public:
    TitledText run(const GumboNode* root) {
        const GumboNode* node = root;
        while (node != nullptr) {
            enter(node);
            const auto* children = children_of(node);
            if (children != nullptr && children->length > 0) {
                node = static_cast<const GumboNode*>(children->data[0]);
                continue;
            }
            node = next(node, root);
        }
        result_.text = body_.take();
        if (result_.title.empty()) result_.title = title_.take();
        if (result_.title.empty()) result_.title = heading_.take();
        return std::move(result_);
    }

  private:
    const GumboNode* next(const GumboNode* node, const GumboNode* root) {
        while (true) {
            leave(node);
            if (node == root) return nullptr;
            const auto* siblings = children_of(node->parent);
            if (node->index_within_parent + 1 < siblings->length)
                return static_cast<const GumboNode*>(siblings->data[node->index_within_parent + 1]);
            node = node->parent;
        }
    }

    void enter(const GumboNode* node) {
        if (node->type == GUMBO_NODE_ELEMENT) {
            const GumboTag tag = node->v.element.tag;
            breaks(tag);
            if (tag == GUMBO_TAG_TITLE) ++in_title_;
            if (tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_TEXTAREA) ++in_pre_;
            if (tag == GUMBO_TAG_H1) ++in_heading_;
            if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) body_.cell();
        } else if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE || node->type == GUMBO_NODE_CDATA) {
            const std::string_view text = node->v.text.text;
            if (in_title_ > 0) {
                title_.text(text, false);
                return;
            }
            body_.text(text, in_pre_ > 0);
            if (in_heading_ > 0 && !heading_seen_) heading_.text(text, false);
        }
    }

    void leave(const GumboNode* node) {
        if (node->type != GUMBO_NODE_ELEMENT) return;
        const GumboTag tag = node->v.element.tag;
        breaks(tag);
        if (tag == GUMBO_TAG_TITLE) --in_title_;
        if (tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_TEXTAREA) --in_pre_;
        if (tag == GUMBO_TAG_H1) {
            --in_heading_;
            heading_seen_ = true;
        }
    }

    void breaks(GumboTag tag) {
        if (contains(paragraphs, tag)) {
            body_.break_line(2);
        } else if (contains(blocks, tag) || contains(lines, tag)) {
            body_.break_line(1);
        }
    }

    TitledText result_;
    TextWriter body_, title_, heading_;
    int in_title_ = 0;
    int in_pre_ = 0;
    int in_heading_ = 0;
    bool heading_seen_ = false;
};

}  // namespace

TitledText read_html(std::string_view html) {
    const std::string filtered = filter_html(html, max_depth);
    Arena arena;
    const GumboNode* root = parse(&arena, &filtered);
    if (root == nullptr) throw Error(errc::too_large, "This HTML page is too large to be read. Split it into smaller files.");
    return Walk().run(root);
}

}  // namespace docmind
