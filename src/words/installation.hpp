#pragma once
// "Where did this code come from, and what came with it?"

#include <filesystem>

namespace docmind {

/// The folders of the build or installation that this code is part of.
struct Installation {
    std::filesystem::path programs;   ///< docmind, docmind-worker
    std::filesystem::path libraries;  ///< libdocmind.so and the libraries that come with it
};

/// Found from the running program, or from libdocmind.so where this code is in that: bin/ and lib/ lie beside each other.
[[nodiscard]] Installation find_installation();

}  // namespace docmind
