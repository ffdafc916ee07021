#pragma once
// What embedding and reranking need of OpenVINO beyond a model: the tokenizer extension, the number format, an awaitable inference.

#include "embeddings/model_file.hpp"

#include <docmind/task.hpp>

#include <openvino/openvino.hpp>

#include <exception>
#include <filesystem>
#include <functional>

namespace docmind {

/// An OpenVINO core that knows the tokenizer's operations. `tokenizers_library` empty: the one this program or library
/// came with. Errors: unavailable.
[[nodiscard]] ov::Core make_core(const std::filesystem::path& tokenizers_library);

/// How a model is compiled.
struct CompileParams {
    int streams = 1;  ///< inferences at the same time
    int threads = 1;  ///< in all
    int nice = 0;     ///< added to the nice level of the threads of the streams
};

/// Compiles for the CPU, in bfloat16 where the CPU computes in it, else in float32. Blocks for about a second. `file` outlives the result.
/// Errors: corrupt (with OpenVINO's words).
[[nodiscard]] ov::CompiledModel compile(ov::Core& core, const ModelFile& file, CompileParams params);

/// Runs the request and resumes when it has ended. Cancelled: waits for the end, then throws operation_aborted. Errors: backend.
Task<> infer(ov::InferRequest request);

/// The number of cores to use for 0.
[[nodiscard]] int thread_count(int threads);

}  // namespace docmind
