#pragma once
// What an OpenDocument file says of its paragraphs and lists in other places.

#include <pugixml.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace docmind {

struct OdfStyle {
    bool begins_page = false;
    bool ends_page = false;
    bool is_title = false;
    bool is_hidden = false;  ///< text, or a sheet
};

struct OdfListLevel {
    bool is_ordered = false;
    std::string format, prefix, suffix;
    int shown_levels = 1;
    int start = 1;
};

inline constexpr std::size_t odf_list_levels = 10;
using OdfListStyle = std::array<OdfListLevel, odf_list_levels>;

/// Answers "what does this name of a style mean?"
class OdfStyles {
  public:
    /// Adds what is in styles.xml or content.xml.
    void add(pugi::xml_node document);
    /// `family` as ODF names it: "paragraph", "text", "table".
    [[nodiscard]] OdfStyle find(std::string_view family, std::string_view name) const;
    [[nodiscard]] const OdfListStyle& list(std::string_view name) const;
    /// How headings are numbered.
    [[nodiscard]] const OdfListStyle& outline() const { return outline_; }

  private:
    std::map<std::string, pugi::xml_node, std::less<>> styles_;  // by "family/name"
    std::map<std::string, OdfListStyle, std::less<>> lists_;
    OdfListStyle outline_;
    OdfListStyle bullets_;
};

/// Answers "which number comes next?" in one list or in the headings.
class OdfCounters {
  public:
    /// The mark of the next item at that level, from 0: "2.", "b)", "1.2"; "-" for a bullet; "" where the level shows nothing.
    [[nodiscard]] std::string next(const OdfListStyle& style, std::size_t level);
    void set(std::size_t level, int next) {
        counters_[level] = next - 1;
        begun_[level] = true;
    }

  private:
    std::array<int, odf_list_levels> counters_{};
    std::array<bool, odf_list_levels> begun_{};
};

}  // namespace docmind
