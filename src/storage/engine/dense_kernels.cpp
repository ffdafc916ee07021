#include "storage/engine/dense_kernels.hpp"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace docmind {
namespace {

// Plain loops that the compiler turns into vector code; compiled once per instruction set below.
[[gnu::always_inline]] inline void nibbles_loop(const std::uint8_t* rows, std::size_t count, const std::int8_t* query, std::size_t n,
                                                std::int32_t* sums) {
    const std::size_t half = n / 2;
    for (std::size_t row = 0; row < count; ++row, rows += half) {
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < half; ++i) sum += (rows[i] & 15) * query[i] + (rows[i] >> 4) * query[half + i];
        sums[row] = sum;
    }
}

// Independent sums: a compiler may not reorder one sum of floats by itself.
[[gnu::always_inline]] inline float values_loop(const std::uint8_t* coarse, const std::uint8_t* fine, const std::int8_t* rest,
                                                const float* query, std::size_t n) {
    constexpr std::size_t lanes = 64;
    std::array<float, lanes> sums{};
    for (std::size_t part = 0; part < 2; ++part) {
        const std::size_t first = part * n / 2;
        for (std::size_t i = 0; i < n / 2; i += lanes) {
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const int high = part == 0 ? coarse[i + lane] & 15 : coarse[i + lane] >> 4;
                const int low = part == 0 ? fine[i + lane] & 15 : fine[i + lane] >> 4;
                const std::size_t at = first + i + lane;
                sums[lane] += (static_cast<float>(16 * high + low - 128) + static_cast<float>(rest[at]) * (1.0F / 254)) * query[at];
            }
        }
    }
    float sum = 0;
    for (const float part : sums) sum += part;
    return sum;
}

void nibbles_plain(const std::uint8_t* rows, std::size_t count, const std::int8_t* query, std::size_t n, std::int32_t* sums) {
    nibbles_loop(rows, count, query, n, sums);
}
float values_plain(const std::uint8_t* coarse, const std::uint8_t* fine, const std::int8_t* rest, const float* query, std::size_t n) {
    return values_loop(coarse, fine, rest, query, n);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void nibbles_avx2(const std::uint8_t* rows, std::size_t count, const std::int8_t* query, std::size_t n,
                                              std::int32_t* sums) {
    nibbles_loop(rows, count, query, n, sums);
}
[[gnu::target("avx2,fma")]] float values_avx2(const std::uint8_t* coarse, const std::uint8_t* fine, const std::int8_t* rest,
                                              const float* query, std::size_t n) {
    return values_loop(coarse, fine, rest, query, n);
}
// One instruction multiplies 64 unsigned bytes by 64 signed ones; no compiler finds it in the loop above.
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] void nibbles_vnni(const std::uint8_t* rows, std::size_t count,
                                                                          const std::int8_t* query, std::size_t n, std::int32_t* sums) {
    const std::size_t half = n / 2;
    const __m512i low_half = _mm512_set1_epi8(15);
    constexpr std::size_t ahead = 3'072;  // the processor's own prefetching stops at each page
    for (std::size_t row = 0; row < count; ++row, rows += half) {
        __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
        for (std::size_t i = 0; i < half; i += 64) {
            _mm_prefetch(reinterpret_cast<const char*>(rows + i + ahead), _MM_HINT_T0);
            const __m512i both = _mm512_loadu_si512(rows + i);
            low = _mm512_dpbusd_epi32(low, _mm512_and_si512(both, low_half), _mm512_loadu_si512(query + i));
            high = _mm512_dpbusd_epi32(high, _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half), _mm512_loadu_si512(query + half + i));
        }
        sums[row] = _mm512_reduce_add_epi32(_mm512_add_epi32(low, high));
    }
}
#endif

DenseKernels choose() noexcept {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
            return {nibbles_vnni, values_avx2, "avx512vnni"};
        }
        return {nibbles_avx2, values_avx2, "avx2"};
    }
#endif
    return {nibbles_plain, values_plain, "plain"};
}

}  // namespace

const DenseKernels& dense_kernels() noexcept {
    static const DenseKernels chosen = choose();
    return chosen;
}

}  // namespace docmind
