#include "storage/engine/document_codec.hpp"

#include "storage/engine/word_boxes.hpp"

#include <docmind/error.hpp>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace docmind {
namespace {

constexpr std::uint32_t format_version = 1;

class Output {
  public:
    template <class Number>
    void number(Number value) {
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        out.insert(out.end(), bytes, bytes + sizeof value);
    }
    void block(Bytes bytes) {
        number(static_cast<std::uint32_t>(bytes.size()));
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    void text(std::string_view text) { block(std::as_bytes(std::span(text))); }

    std::vector<std::byte> out;
};

class Input {
  public:
    explicit Input(Bytes bytes) : rest_(bytes) {}
    template <class Number>
    Number number() {
        Number value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    Bytes block() { return take(number<std::uint32_t>()); }
    std::string text() {
        const Bytes bytes = block();
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

  private:
    Bytes take(std::size_t count) {
        if (count > rest_.size()) throw Error(errc::storage, "A cached document is damaged.");
        const Bytes bytes = rest_.first(count);
        rest_ = rest_.subspan(count);
        return bytes;
    }
    Bytes rest_;
};

Document read(Input input) {
    Document document;
    document.media_type = input.text();
    for (auto left = input.number<std::uint32_t>(); left > 0; --left) {
        std::string name = input.text();
        document.metadata[std::move(name)] = input.text();
    }
    for (auto left = input.number<std::uint32_t>(); left > 0; --left) {
        Page page;
        page.number = input.number<std::int32_t>();
        page.width = input.number<float>();
        page.height = input.number<float>();
        page.text = input.text();
        page.words = decode_word_boxes(input.block());
        for (auto headings = input.number<std::uint32_t>(); headings > 0; --headings) {
            Heading heading;
            heading.begin = input.number<std::uint32_t>();
            heading.level = input.number<std::int32_t>();
            heading.title = input.text();
            page.headings.push_back(std::move(heading));
        }
        document.pages.push_back(std::move(page));
    }
    if (!input.is_at_end()) throw Error(errc::storage, "A cached document is damaged.");
    return document;
}

}  // namespace

std::vector<std::byte> encode_document(const Document& document) {
    Output output;
    output.number(format_version);
    output.text(document.media_type);
    output.number(static_cast<std::uint32_t>(document.metadata.size()));
    for (const auto& [name, value] : document.metadata) {
        output.text(name);
        output.text(value);
    }
    output.number(static_cast<std::uint32_t>(document.pages.size()));
    for (const Page& page : document.pages) {
        output.number(static_cast<std::int32_t>(page.number));
        output.number(page.width);
        output.number(page.height);
        output.text(page.text);
        output.block(encode_word_boxes(page.words));
        output.number(static_cast<std::uint32_t>(page.headings.size()));
        for (const Heading& heading : page.headings) {
            output.number(heading.begin);
            output.number(static_cast<std::int32_t>(heading.level));
            output.text(heading.title);
        }
    }
    return std::move(output.out);
}

std::optional<Document> decode_document(Bytes bytes) {
    try {
        Input input(bytes);
        if (input.number<std::uint32_t>() != format_version) return std::nullopt;
        return read(input);
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace docmind
