#include "embeddings/model_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace docmind {
namespace {

namespace fs = std::filesystem;

Error cannot_be_read(const fs::path& path, int code) {
    return Error(errc::corrupt,
                 fmt::format("The model's file {} cannot be read: {}.", path.string(), std::generic_category().message(code)));
}

std::string read_text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in || text.empty()) throw cannot_be_read(path, errno != 0 ? errno : EIO);
    return text;
}

}  // namespace

MappedFile::MappedFile(const fs::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw cannot_be_read(path, errno);
    struct stat status{};
    void* mapped = MAP_FAILED;
    int code = EINVAL;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        size_ = static_cast<std::size_t>(status.st_size);
        mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        code = errno;
    }
    close(file);
    if (mapped == MAP_FAILED) throw cannot_be_read(path, code);
    data_ = static_cast<std::byte*>(mapped);
}

MappedFile::~MappedFile() {
    munmap(data_, size_);
}

void MappedFile::release_pages() const noexcept {
    madvise(data_, size_, MADV_DONTNEED);
}

std::string openvino_reason(const std::exception& e) {
    std::string_view text = e.what();
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    const std::size_t line = text.rfind('\n');
    return std::string(line == std::string_view::npos ? text : text.substr(line + 1));
}

Error cannot_be_loaded(const fs::path& model, const std::exception& why) {
    return Error(errc::corrupt, fmt::format("The model {} cannot be loaded: {}", model.string(), openvino_reason(why)));
}

ModelFile read_model_file(ov::Core& core, const fs::path& xml) {
    ModelFile file{.path = xml, .weights = nullptr, .model = nullptr};
    const std::string graph = read_text(xml);
    file.weights = std::make_shared<const MappedFile>(fs::path(xml).replace_extension(".bin"));
    const ov::Tensor bytes(ov::element::u8, ov::Shape{file.weights->size()}, file.weights->data());
    try {
        file.model = core.read_model(graph, bytes);
    } catch (const std::exception& e) {
        throw cannot_be_loaded(file.path, e);
    }
    return file;
}

}  // namespace docmind
