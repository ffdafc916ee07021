#pragma once
// What a Word document says of its paragraphs in other places: styles and numbering.

#include <pugixml.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// What of a paragraph's properties matters to its text.
struct DocxParagraph {
    int heading = 0;        ///< its level from 1; 0 = none
    std::string numbering;  ///< the list it is in; "" or "0" = none
    int level = 0;          ///< in that list, from 0
    bool begins_page = false;
    bool is_hidden = false;  ///< its text
};

/// Answers "what does this paragraph look like?" from its own properties and those of its style and the styles that is based on.
class DocxStyles {
  public:
    DocxStyles() = default;
    explicit DocxStyles(pugi::xml_node styles);

    [[nodiscard]] DocxParagraph paragraph(pugi::xml_node properties) const;

  private:
    static void apply(pugi::xml_node properties, DocxParagraph* paragraph);

    std::map<std::string, DocxParagraph, std::less<>> styles_;
    DocxParagraph normal_;
};

/// Whether a property like <w:vanish/> is on: it is there, and not with a value that says no.
[[nodiscard]] bool is_on(pugi::xml_node property);

/// Answers "which number has this paragraph?" Counts as it is asked, so ask once for each paragraph, in their order.
class DocxNumbering {
  public:
    DocxNumbering() = default;
    explicit DocxNumbering(pugi::xml_node numbering);

    struct Mark {
        bool is_bullet = false;
        std::string text;  ///< "1.", "a)", "1.2"; empty where nothing is shown
    };
    [[nodiscard]] Mark next(const std::string& numbering, int level);

  private:
    static constexpr std::size_t depth = 9;
    struct Level {
        std::string format = "decimal";
        std::string text;
        int start = 1;
    };
    struct List {
        std::array<Level, depth> levels;
        std::array<std::optional<int>, depth> counters;
    };
    struct Instance {
        std::string list;
        std::array<std::optional<int>, depth> starts;  // begins anew with these
        bool used = false;
    };
    static void read_level(pugi::xml_node source, Level* level);

    std::map<std::string, List, std::less<>> lists_;
    std::map<std::string, Instance, std::less<>> instances_;
};

}  // namespace docmind
