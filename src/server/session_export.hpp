#pragma once
// A conversation as a file a person can keep.

#include <docmind/memory.hpp>

#include <string>
#include <vector>

namespace docmind {

/// `format`: md (the active path) or json (that, and the messages of other branches, which are told by their parents). `all`: of all
/// branches. Errors: invalid_argument (another format).
[[nodiscard]] std::string export_session(const SessionRecord& session, const std::vector<StoredMessage>& path,
                                         const std::vector<StoredMessage>& all, const std::string& format);

}  // namespace docmind
