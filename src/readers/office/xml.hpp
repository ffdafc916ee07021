#pragma once
// XML of strangers, through pugixml: no entity but XML's own five is ever expanded, nothing is fetched, and nothing here recurses.

#include <docmind/error.hpp>

#include <pugixml.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace docmind {

inline constexpr std::size_t max_xml_depth = 512;

/// A parsed document with the bytes it points into.
class Xml {
  public:
    /// `name`: of the part, for messages. Errors: corrupt.
    Xml(std::string bytes, const std::string& name);
    Xml(const Xml&) = delete;
    Xml& operator=(const Xml&) = delete;

    /// The outermost element.
    [[nodiscard]] pugi::xml_node root() const { return tree_.document_element(); }

  private:
    std::string bytes_;
    pugi::xml_document tree_;
};

/// The name without its prefix: prefixes are the writer's choice.
[[nodiscard]] std::string_view local_name(std::string_view name);
[[nodiscard]] inline std::string_view local_name(pugi::xml_node node) {
    return local_name(std::string_view(node.name()));
}

/// The first child element of that local name; an empty node where there is none.
[[nodiscard]] pugi::xml_node child(pugi::xml_node node, std::string_view name);
/// The same along a path of names, "pPr/numPr/ilvl".
[[nodiscard]] pugi::xml_node descend(pugi::xml_node node, std::string_view path);
/// The value of the attribute of that local name; "" where there is none.
[[nodiscard]] std::string_view attribute(pugi::xml_node node, std::string_view name);
/// As a whole number; `otherwise` where it is none.
[[nodiscard]] int number_attribute(pugi::xml_node node, std::string_view name, int otherwise);
/// The text directly within the node.
[[nodiscard]] std::string own_text(pugi::xml_node node);
/// The text within the node and all that is in it.
[[nodiscard]] std::string all_text(pugi::xml_node node);

[[nodiscard]] inline bool is_text(pugi::xml_node node) {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

/// Visits what is below `root` in the order of the document: enter(node) says whether to go into it; leave(node) is called after what is in
/// a node that was gone into. Error: corrupt, deeper than max_xml_depth.
template <class Enter, class Leave>
void walk_xml(pugi::xml_node root, Enter enter, Leave leave) {
    std::size_t depth = 1;
    pugi::xml_node node = root.first_child();
    while (node) {
        const bool goes_in = enter(node);
        if (goes_in && node.first_child()) {
            if (++depth > max_xml_depth) throw Error(errc::corrupt, "This file is damaged: it nests deeper than 512 levels.");
            node = node.first_child();
            continue;
        }
        if (goes_in) leave(node);
        while (!node.next_sibling()) {
            node = node.parent();
            if (node == root) return;
            --depth;
            leave(node);
        }
        node = node.next_sibling();
    }
}

/// Calls `use` with every element `item` (by local names) that lies directly in the first element `container`, without a tree of the whole:
/// for lists of millions. Error: corrupt.
void for_each_item(std::string_view xml, std::string_view container, std::string_view item, const std::string& name,
                   const std::function<void(pugi::xml_node)>& use);

}  // namespace docmind
