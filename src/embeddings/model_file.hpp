#pragma once
// "What is in this model?" Its graph and its weights, read once for every time it is compiled.
//
// The weights are mapped, not read. Compiling and the first inferences make copies of them in the form the CPU computes with; after that
// the mapped originals are hardly looked at again (a row of the word table here and there), so release_pages() gives their memory back.

#include <docmind/error.hpp>

#include <openvino/openvino.hpp>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

namespace docmind {

/// A file's bytes as memory, read only.
class MappedFile {
  public:
    /// Errors: corrupt (missing, empty, no file).
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Its pages leave this process' memory; the next access brings them back from the file.
    void release_pages() const noexcept;

  private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Lives as long as whatever was compiled from it.
struct ModelFile {
    std::filesystem::path path;
    std::shared_ptr<const MappedFile> weights;
    std::shared_ptr<ov::Model> model;
};

/// An OpenVINO IR: the graph at `xml`, the weights beside it in a .bin. Blocks. Errors: corrupt (with OpenVINO's words).
[[nodiscard]] ModelFile read_model_file(ov::Core& core, const std::filesystem::path& xml);

/// OpenVINO's messages run over many lines and name its source files; the last line that says something is the reason.
[[nodiscard]] std::string openvino_reason(const std::exception& e);
/// What is said of a model that OpenVINO refuses: corrupt.
[[nodiscard]] Error cannot_be_loaded(const std::filesystem::path& model, const std::exception& why);

}  // namespace docmind
