#pragma once
// Bytes that are pulled: bodies of requests and responses, in both directions.

#include <docmind/task.hpp>

#include <optional>
#include <string>

namespace docmind {

/// A body that is pulled: the reader's pace is the backpressure. Dropping it before its end cancels its source.
class BodySource {
  public:
    virtual ~BodySource() = default;
    /// The next bytes (never empty), nullopt after the last.
    virtual Task<std::optional<std::string>> next() = 0;
};

}  // namespace docmind
