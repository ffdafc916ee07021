#pragma once
// "Under which headings does this place stand?"

#include <docmind/node.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// A page's headings as splitting uses them: in the order of the text, each where the line begins that it (or its section's first text)
/// stands on, levels from 1 to 9, titles on one line of at most 200 bytes. Whatever the headings say, the time is linear.
[[nodiscard]] std::vector<Heading> section_starts(std::string_view text, const std::vector<Heading>& headings);

/// A stretch of a page that stands under the same headings.
struct Section {
    std::size_t begin = 0, end = 0;  ///< bytes of the page
    std::size_t heading = 0;         ///< where the last of the headings begins that it begins with; `begin` where there is none
};
/// The page's sections, which cover it; what stands before the first heading is one. A heading with nothing but a deeper one below it is no
/// section by itself: "2 Engine" and "2.1 Oil" begin together. `starts`: as section_starts() gives them.
[[nodiscard]] std::vector<Section> sections_of(std::string_view text, const std::vector<Heading>& starts);

/// Answers "under which headings does this place stand?" for the places of a document in order. Sections go on over pages.
class SectionPath {
  public:
    /// Goes on to the next page. `starts`: what section_starts() gave for it.
    void begin_page(std::vector<Heading> starts);
    /// The titles at byte `at` of the page, outermost first, " › " between them; a heading that begins there counts. `at` is not before the
    /// place asked for last.
    [[nodiscard]] const std::string& at(std::size_t at);

  private:
    void enter(Heading* heading);

    std::vector<Heading> starts_;
    std::size_t next_ = 0;         // of starts_
    std::vector<Heading> inside_;  // the headings in force, levels rising
    std::string path_;
    bool is_path_old_ = false;
};

}  // namespace docmind
