#pragma once
// "What can this machine carry?" Cores and memory as this process may use them, and how the built-in model is set up for them.

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace docmind {

struct Hardware {
    unsigned cores = 1;        ///< real ones: two threads of one core share what a model needs
    std::uint64_t memory = 0;  ///< bytes, of the machine or of its container
};

/// Reads the affinity of this process, /sys and /proc below `root`, and the limits of its control group. Never fails: what cannot be read
/// is guessed low.
[[nodiscard]] Hardware detect_hardware(const std::filesystem::path& root = "/");

struct ModelSize {
    unsigned threads = 1;
    std::size_t slots = 1;      ///< answers at once
    int context_window = 4096;  ///< tokens of each
};

/// For the built-in model on this machine: a slot for each core, four at most; a smaller window where a slot's memory
/// (some 100 MB at 4,096 tokens) would be felt.
[[nodiscard]] ModelSize built_in_size(const Hardware& hardware);

}  // namespace docmind
