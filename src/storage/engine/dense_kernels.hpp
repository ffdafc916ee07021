#pragma once
// The inner products of the dense index, each compiled for several instruction sets; the best one of this machine is chosen once.

#include <cstddef>
#include <cstdint>

namespace docmind {

/// Rows are padded to a multiple of this many components.
inline constexpr std::size_t kernel_width = 128;

struct DenseKernels {
    /// For each of `count` rows the sum of nibble[i] * query[i], nibbles being 0 to 15. A row is `n` / 2 bytes, of which byte j holds the
    /// components j (its low half) and n / 2 + j; `n` is a multiple of kernel_width, at most 65,536.
    void (*nibbles)(const std::uint8_t* rows, std::size_t count, const std::int8_t* query, std::size_t n, std::int32_t* sums);
    /// The sum of (16 * coarse[i] + fine[i] - 128 + rest[i] / 254) * query[i]; coarse and fine are rows as above.
    float (*values)(const std::uint8_t* coarse, const std::uint8_t* fine, const std::int8_t* rest, const float* query, std::size_t n);
    const char* name;
};

[[nodiscard]] const DenseKernels& dense_kernels() noexcept;

}  // namespace docmind
