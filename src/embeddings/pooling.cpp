#include "embeddings/pooling.hpp"

#include <docmind/error.hpp>

#include <cmath>

namespace docmind {

Vector pooled(const Encoder::Output& output, std::size_t row, std::size_t tokens, const ModelConfig& config) {
    const ov::Shape& shape = output.shape();
    const std::size_t dimension = shape.back();
    Vector vector;
    if (shape.size() == 2) {
        const float* const values = output.data() + row * dimension;
        vector.assign(values, values + dimension);
    } else {
        const float* const values = output.data() + row * shape[1] * dimension;
        vector.assign(values, values + dimension);
        if (config.pooling == Pooling::mean) {
            for (std::size_t t = 1; t < tokens; ++t) {
                for (std::size_t d = 0; d < dimension; ++d) vector[d] += values[t * dimension + d];
            }
            for (float& value : vector) value /= static_cast<float>(tokens);
        }
    }
    double squares = 0;
    for (const float value : vector) squares += static_cast<double>(value) * value;
    if (!std::isfinite(squares) || squares <= 0) throw Error(errc::backend, "The embedding model gave a vector without a direction.");
    if (config.normalize) {
        const auto scale = static_cast<float>(1 / std::sqrt(squares));
        for (float& value : vector) value *= scale;
    }
    return vector;
}

}  // namespace docmind
