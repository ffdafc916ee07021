#include "storage/engine/dense_kernels.hpp"

#include <array>

namespace docmind {
namespace {

// Plain loops that the compiler turns into vector code; compiled once per instruction set below.
[[gnu::always_inline]] inline std::int32_t codes_loop(const std::int8_t* row, const std::int8_t* query, std::size_t n) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n / kernel_width * kernel_width; ++i)
        sum += static_cast<std::int32_t>(row[i]) * static_cast<std::int32_t>(query[i]);
    return sum;
}

// Independent sums: a compiler may not reorder one sum of floats by itself.
[[gnu::always_inline]] inline float floats_loop(const float* a, const float* b, std::size_t n) {
    std::array<float, kernel_width> sums{};
    for (std::size_t i = 0; i < n; i += kernel_width) {
        for (std::size_t lane = 0; lane < kernel_width; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    }
    float sum = 0;
    for (const float part : sums) sum += part;
    return sum;
}

std::int32_t codes_plain(const std::int8_t* row, const std::int8_t* query, std::size_t n) {
    return codes_loop(row, query, n);
}
float floats_plain(const float* a, const float* b, std::size_t n) {
    return floats_loop(a, b, n);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] std::int32_t codes_avx2(const std::int8_t* row, const std::int8_t* query, std::size_t n) {
    return codes_loop(row, query, n);
}
[[gnu::target("avx2,fma")]] float floats_avx2(const float* a, const float* b, std::size_t n) {
    return floats_loop(a, b, n);
}
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] std::int32_t codes_vnni(const std::int8_t* row, const std::int8_t* query,
                                                                                std::size_t n) {
    return codes_loop(row, query, n);
}
#endif

DenseKernels choose() noexcept {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
            return {codes_vnni, floats_avx2, "avx512vnni"};
        }
        return {codes_avx2, floats_avx2, "avx2"};
    }
#endif
    return {codes_plain, floats_plain, "plain"};
}

}  // namespace

const DenseKernels& dense_kernels() noexcept {
    static const DenseKernels chosen = choose();
    return chosen;
}

}  // namespace docmind
