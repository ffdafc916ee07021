#pragma once
// A fixed number of vectors with what the scan needs to know of each. Rows are written once, in order, by one thread.

#include "storage/engine/dense_kernels.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace docmind {

/// Raw memory that starts on a cache line. Pages that are never written take no memory.
template <class T>
class AlignedArray {
  public:
    explicit AlignedArray(std::size_t size) : data_(static_cast<T*>(::operator new(size * sizeof(T), std::align_val_t{64}))) {}
    ~AlignedArray() { ::operator delete(data_, std::align_val_t{64}); }
    AlignedArray(const AlignedArray&) = delete;
    AlignedArray& operator=(const AlignedArray&) = delete;
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }

  private:
    T* data_;
};

/// A vector as codes: component i is about step * codes[i].
struct QuantizedVector {
    float step = 0;
    float error = 0;  ///< length of the difference from the vector itself
};

/// Components beyond the vector's own are zero. `codes` and the vector have the same, padded, length.
[[nodiscard]] QuantizedVector quantize(std::span<const float> vector, std::int8_t* codes);

struct DenseBlock {
    static constexpr std::size_t capacity = 1024;

    explicit DenseBlock(std::size_t padded_dimension)
        : width(padded_dimension),
          codes(capacity * width),
          floats(capacity * width),
          node_keys(capacity),
          document_keys(capacity),
          quantized(capacity) {}

    [[nodiscard]] const std::int8_t* row_codes(std::size_t row) const { return codes.data() + row * width; }
    [[nodiscard]] const float* row_floats(std::size_t row) const { return floats.data() + row * width; }

    std::size_t width;
    AlignedArray<std::int8_t> codes;
    AlignedArray<float> floats;
    AlignedArray<std::int64_t> node_keys;
    AlignedArray<std::int64_t> document_keys;
    AlignedArray<QuantizedVector> quantized;
};

}  // namespace docmind
