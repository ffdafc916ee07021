#pragma once
// A fixed number of vectors with what the scan needs to know of each. Rows are written once, in order, by one thread.

#include "storage/engine/dense_kernels.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace docmind {

/// Component i of a vector is about step * (code[i] + rest[i] / 254), of which code[i] + 128 = 16 * coarse[i] + fine[i].
struct QuantizedVector {
    float step = 0;
    float coarse_error = 0;  ///< length of the difference from step * (16 * coarse[i] + 7.5 - 128)
    float error = 0;         ///< length of the difference from step * code[i]
};

/// The largest component has the code 127 or -127. Errors are those of the first `codes.size()` components.
[[nodiscard]] QuantizedVector quantize(std::span<const float> vector, std::span<std::int8_t> codes);

/// The rows lie in one piece of memory, of this object or of a file that `owner` keeps mapped.
struct DenseBlock {
    static constexpr std::size_t capacity = 1024;

    [[nodiscard]] static std::size_t bytes(std::size_t width) {
        return capacity * (2 * width + 2 * sizeof(std::int64_t) + sizeof(QuantizedVector));
    }

    /// Of its own; pages that are never written take no memory. `width`: a multiple of kernel_width.
    explicit DenseBlock(std::size_t width)
        : DenseBlock(width, std::shared_ptr<void>(::operator new(bytes(width), std::align_val_t{64}),
                                                  [](void* memory) { ::operator delete(memory, std::align_val_t{64}); })) {}
    /// `owner` points to bytes(width) bytes on a cache line.
    DenseBlock(std::size_t padded, std::shared_ptr<void> memory)
        : width(padded),
          owner(std::move(memory)),
          node_keys(static_cast<std::int64_t*>(owner.get())),
          document_keys(node_keys + capacity),
          quantized(reinterpret_cast<QuantizedVector*>(document_keys + capacity)),
          coarse(reinterpret_cast<std::uint8_t*>(quantized + capacity)),
          fine(coarse + capacity * width / 2),
          rest(reinterpret_cast<std::int8_t*>(fine + capacity * width / 2)) {}

    void copy_row(std::size_t at, const DenseBlock& from, std::size_t row) {
        node_keys[at] = from.node_keys[row];
        document_keys[at] = from.document_keys[row];
        quantized[at] = from.quantized[row];
        std::memcpy(coarse + at * width / 2, from.coarse + row * width / 2, width / 2);
        std::memcpy(fine + at * width / 2, from.fine + row * width / 2, width / 2);
        std::memcpy(rest + at * width, from.rest + row * width, width);
    }

    std::size_t width;
    std::shared_ptr<void> owner;
    std::int64_t* node_keys;
    std::int64_t* document_keys;
    QuantizedVector* quantized;
    std::uint8_t* coarse;  // half a byte per component; what the scan reads
    std::uint8_t* fine;    // likewise
    std::int8_t* rest;
};

}  // namespace docmind
