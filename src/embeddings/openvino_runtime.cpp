#include "embeddings/openvino_runtime.hpp"

#include "async/completion.hpp"
#include "words/installation.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace docmind {
namespace {

namespace fs = std::filesystem;

Error inference_error(const std::exception& e) {
    return Error(errc::backend, fmt::format("The model failed: {}", openvino_reason(e)));
}

std::exception_ptr translate(const std::exception_ptr& error) {
    if (!error) return nullptr;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return std::make_exception_ptr(inference_error(e));
    } catch (...) {
        return std::make_exception_ptr(Error(errc::backend, "The model failed."));
    }
}

bool computes_in_bfloat16(ov::Core& core) {
    const std::vector<std::string> capabilities = core.get_property("CPU", ov::device::capabilities);
    return std::ranges::find(capabilities, ov::device::capability::BF16) != capabilities.end();
}

}  // namespace

int thread_count(int threads) {
    return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

ov::Core make_core(const fs::path& tokenizers_library) {
    const fs::path library = tokenizers_library.empty() ? find_installation().libraries / "libopenvino_tokenizers.so" : tokenizers_library;
    if (!fs::exists(library))
        throw Error(errc::unavailable,
                    fmt::format("The tokenizer library {} is missing. Build or unpack DocMind again.", library.string()));
    try {
        ov::Core core;
        core.add_extension(library.string());
        return core;
    } catch (const std::exception& e) {
        throw Error(errc::unavailable, fmt::format("The tokenizer library {} cannot be loaded: {}", library.string(), openvino_reason(e)));
    }
}

ov::CompiledModel compile(ov::Core& core, const ModelFile& file, CompileParams params) {
    ov::CompiledModel compiled;
    std::exception_ptr error;
    const auto load = [&]() noexcept {
        try {
            // A stream's threads take over the nice level of the thread that compiles; Linux keeps one for each.
            if (params.nice != 0)
                setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()),
                            getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())) + params.nice);
            const auto format = computes_in_bfloat16(core) ? ov::element::bf16 : ov::element::f32;
            compiled = core.compile_model(file.model, "CPU", ov::num_streams(params.streams), ov::inference_num_threads(params.threads),
                                          ov::hint::inference_precision(format), ov::hint::enable_cpu_pinning(false));
        } catch (...) {
            error = std::current_exception();
        }
    };
    // A thread of its own, because one that has become nice cannot take it back.
    std::thread(load).join();
    if (!error) return compiled;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        throw cannot_be_loaded(file.path, e);
    }
}

Task<> infer(ov::InferRequest request) {
    const auto start = [&request](const CompletionSignal& signal) {
        request.set_callback([signal](const std::exception_ptr& error) { signal(translate(error)); });
        try {
            request.start_async();
        } catch (const std::exception& e) {
            throw inference_error(e);
        }
    };
    co_await await_completion(start);
}

}  // namespace docmind
