#pragma once
// "Which characters of a stranger's text may reach a screen, a model or a log?" Pure functions.

#include <docmind/node.hpp>

#include <string>
#include <string_view>

namespace docmind {

/// The text as valid UTF-8: each invalid byte sequence becomes U+FFFD. Dropped are the characters that hide or reorder what people
/// see: controls except newline and tab, zero-width and directional characters (U+200B-200F, U+202A-202E, U+2060-206F, U+061C, U+FEFF),
/// soft hyphens, interlinear marks and tag characters (U+E0000-E007F). U+2028, U+2029, form feeds and lone CR become newlines.
[[nodiscard]] std::string sanitize(std::string_view text);

/// The same for a page, whose words and headings keep pointing at their text. Words that are empty, overlap, run backwards or leave the
/// text are dropped; edges and sizes that are no numbers become 0.
void sanitize(Page& page);

}  // namespace docmind
