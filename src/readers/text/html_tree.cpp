#include "readers/text/html_tree.hpp"

#include "readers/text/html_filter.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <string>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_depth = 512;
constexpr std::size_t max_tree_bytes = std::size_t{640} << 20;

}  // namespace

/// Memory for one parse: given back as a whole, because gumbo frees its tree by recursion and cannot say that there is no more memory.
class HtmlTree::Arena {
  public:
    std::jmp_buf full;
    std::string html;

    void* allocate(std::size_t size) {
        size = (size + 15) & ~std::size_t{15};
        if (size > left_) {
            // Blocks grow with the tree: the many small pieces of HTML in a Markdown file are cheap.
            const std::size_t block = std::max(size, std::clamp(taken_, first_block_bytes, last_block_bytes));
            void* memory = taken_ + block <= max_tree_bytes ? std::malloc(block) : nullptr;
            // Only frames of gumbo, which is C, lie between here and the setjmp.
            if (memory == nullptr) std::longjmp(full, 1);
            taken_ += block;
            blocks_.emplace_back(static_cast<std::byte*>(memory));
            next_ = blocks_.back().get();
            left_ = block;
        }
        std::byte* result = next_;
        next_ += size;
        left_ -= size;
        return result;
    }

  private:
    static constexpr std::size_t first_block_bytes = 1 << 14;
    static constexpr std::size_t last_block_bytes = 1 << 20;
    struct Free {
        void operator()(std::byte* p) const { std::free(p); }
    };
    std::vector<std::unique_ptr<std::byte, Free>> blocks_;
    std::byte* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t taken_ = 0;
};

const GumboNode* HtmlTree::parse(Arena* arena, std::string_view html) {
    GumboOptions options = kGumboDefaultOptions;
    options.userdata = arena;
    options.allocator = [](void* user, size_t size) { return static_cast<Arena*>(user)->allocate(size); };
    options.deallocator = [](void*, void*) {};
    options.max_errors = 0;
    if (setjmp(arena->full) != 0) return nullptr;
    return gumbo_parse_with_options(&options, html.data(), html.size())->root;
}

HtmlTree::HtmlTree(std::string_view html) : arena_(std::make_unique<Arena>()) {
    arena_->html = filter_html(html, max_depth);
    root_ = parse(arena_.get(), arena_->html);
    if (root_ == nullptr) throw Error(errc::too_large, "This HTML page is too large to be read. Split it into smaller files.");
}

HtmlTree::~HtmlTree() = default;

}  // namespace docmind
