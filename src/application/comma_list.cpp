#include "application/comma_list.hpp"

#include <algorithm>

namespace docmind {

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string item = text.substr(begin, end - begin);
        if (const auto first = item.find_first_not_of(' '); first != std::string::npos)
            items.push_back(item.substr(first, item.find_last_not_of(' ') - first + 1));
        begin = end + 1;
    }
    return items;
}

}  // namespace docmind
