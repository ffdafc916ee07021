#pragma once
// Settings say times in seconds.

#include <chrono>
#include <cstdint>

namespace docmind {

inline std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace docmind
