#pragma once
// A conversation as a file a person can keep.

#include <docmind/memory.hpp>

#include <string>
#include <vector>

namespace docmind {

/// `format`: md or json. Errors: invalid_argument (another format).
[[nodiscard]] std::string export_session(const SessionRecord& session, const std::vector<StoredMessage>& messages,
                                         const std::string& format);

}  // namespace docmind
