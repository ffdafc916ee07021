#include "words/installation.hpp"

#include <dlfcn.h>

#include <system_error>

namespace docmind {

namespace fs = std::filesystem;

Installation find_installation() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    Dl_info self{};
    if (::dladdr(reinterpret_cast<const void*>(&find_installation), &self) != 0 && self.dli_fname) {
        const fs::path module = fs::canonical(self.dli_fname, error);
        if (!error && module != program) return {.programs = module.parent_path().parent_path() / "bin", .libraries = module.parent_path()};
    }
    return {.programs = program.parent_path(), .libraries = program.parent_path().parent_path() / "lib"};
}

}  // namespace docmind
