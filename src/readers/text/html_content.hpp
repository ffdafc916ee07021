#pragma once
// "Which part of this page was written for its reader, and which leads through the site?" Pure.

#include <gumbo.h>

#include <unordered_set>

namespace docmind {

/// What of a page's elements is its content: what lies in one of the roots (everything where there are none), and in nothing left out.
struct HtmlContent {
    std::unordered_set<const GumboNode*> roots;
    std::unordered_set<const GumboNode*> left_out;
};

/// The main content is what the page says it is: <main> or role=main, else its outermost <article>s. Menus, page headers and footers,
/// sidebars, cookie notices and the like are left out by what they call themselves (element, role, words of class and id) together with how
/// much of their text is links. Text outside links is the measure: a choice that keeps less than a quarter of it is not made, and the next
/// wider one is; the widest is everything. A page without such elements loses nothing.
[[nodiscard]] HtmlContent main_content(const GumboNode* root);

}  // namespace docmind
