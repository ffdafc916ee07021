#include "agent/tokens.hpp"

namespace docmind {

std::size_t estimate_tokens(std::string_view text) {
    std::size_t ascii = 0;
    for (const char c : text) ascii += static_cast<unsigned char>(c) < 0x80;
    const std::size_t other = text.size() - ascii;
    return (ascii + 2) / 3 + (other * 7 + 9) / 10;
}

}  // namespace docmind
