#pragma once
// The two inner products of the dense index, each compiled for several instruction sets; the best one of this machine is chosen once.

#include <cstddef>
#include <cstdint>

namespace docmind {

/// Rows are padded with zeros to a multiple of this many components.
inline constexpr std::size_t kernel_width = 64;

struct DenseKernels {
    /// Sum of row[i] * query[i]; `n` is a multiple of kernel_width, at most 65,536.
    std::int32_t (*codes)(const std::int8_t* row, const std::int8_t* query, std::size_t n);
    float (*floats)(const float* a, const float* b, std::size_t n);
    const char* name;
};

[[nodiscard]] const DenseKernels& dense_kernels() noexcept;

}  // namespace docmind
