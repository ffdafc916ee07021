#include "node_parser/one_line.hpp"

#include "node_parser/unicode.hpp"

namespace docmind {

std::string one_line(std::string_view text, std::size_t max_bytes) {
    std::string line;
    bool space = false;
    for (std::size_t at = 0; at < text.size();) {
        const unicode::CodePoint c = unicode::decode(text, at);
        if (unicode::is_space(c.value) || c.value < 0x20 || c.value == 0x7F) {
            space = true;
        } else {
            if (space && !line.empty()) line.push_back(' ');
            space = false;
            if (line.size() + c.length > max_bytes) break;
            line.append(text, at, c.length);
        }
        at += c.length;
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

}  // namespace docmind
