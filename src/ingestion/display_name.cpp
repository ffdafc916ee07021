#include "ingestion/display_name.hpp"

#include <string_view>

namespace docmind {

std::string display_name(std::string name, std::size_t max_bytes) {
    if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
    std::string clean;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (c < 0x20 || c == 0x7f) continue;
        const std::string_view rest = std::string_view(name).substr(i, 3);
        // U+200B..U+200F, U+202A..U+202E, U+2066..U+2069
        if (rest.size() == 3 && rest[0] == '\xe2' &&
            ((rest[1] == '\x80' && ((rest[2] >= '\x8b' && rest[2] <= '\x8f') || (rest[2] >= '\xaa' && rest[2] <= '\xae'))) ||
             (rest[1] == '\x81' && rest[2] >= '\xa6' && rest[2] <= '\xa9'))) {
            i += 2;
            continue;
        }
        clean.push_back(name[i]);
    }
    if (clean.size() > max_bytes) {
        clean.resize(max_bytes);
        while (!clean.empty() && (static_cast<unsigned char>(clean.back()) & 0xc0) == 0x80) clean.pop_back();
        if (!clean.empty() && static_cast<unsigned char>(clean.back()) >= 0xc0) clean.pop_back();
    }
    if (clean.find_first_not_of(". ") == std::string::npos) return "unnamed";
    return clean;
}

}  // namespace docmind
