#pragma once
// HTML as a tree of gumbo's, whatever it was made to do to a parser.

#include <gumbo.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace docmind {

/// Answers "what does this HTML mean?": owns the tree. Time and memory are linear in the size.
class HtmlTree {
  public:
    /// `html` is UTF-8. What nests deeper than 512 elements lies flat. Errors: too_large (the tree passes its memory limit).
    explicit HtmlTree(std::string_view html);
    ~HtmlTree();
    HtmlTree(const HtmlTree&) = delete;
    HtmlTree& operator=(const HtmlTree&) = delete;

    [[nodiscard]] const GumboNode* root() const { return root_; }

  private:
    class Arena;
    static const GumboNode* parse(Arena* arena, std::string_view html);

    std::unique_ptr<Arena> arena_;
    const GumboNode* root_;
};

[[nodiscard]] inline bool is_element(const GumboNode* node) {
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

[[nodiscard]] inline bool is_text(const GumboNode* node) {
    return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE || node->type == GUMBO_NODE_CDATA;
}

/// The value of an attribute; empty where there is none.
[[nodiscard]] inline std::string_view attribute_of(const GumboNode* element, const char* name) {
    const GumboAttribute* found = gumbo_get_attribute(&element->v.element.attributes, name);
    return found == nullptr ? std::string_view() : std::string_view(found->value);
}

/// Depth first, without recursion: `enter(node)` says whether to go on to its children, `leave(node)` comes behind them.
template <class Enter, class Leave>
void walk_html(const GumboNode* root, Enter enter, Leave leave) {
    const auto children_of = [](const GumboNode* node) -> const GumboVector* {
        return is_element(node) ? &node->v.element.children : nullptr;
    };
    const GumboNode* node = root;
    while (true) {
        const auto* children = enter(node) ? children_of(node) : nullptr;
        if (children != nullptr && children->length > 0) {
            node = static_cast<const GumboNode*>(children->data[0]);
            continue;
        }
        while (true) {
            leave(node);
            if (node == root) return;
            const auto* siblings = children_of(node->parent);
            if (siblings != nullptr && node->index_within_parent + 1 < siblings->length) {
                node = static_cast<const GumboNode*>(siblings->data[node->index_within_parent + 1]);
                break;
            }
            node = node->parent;
        }
    }
}

}  // namespace docmind
