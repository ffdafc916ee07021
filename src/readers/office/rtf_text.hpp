#pragma once
// What the text tokens of an RTF file say, and in which code page.

#include <map>
#include <string>
#include <string_view>

namespace docmind {

/// Answers "which characters do these bytes mean?" Bytes of one code page are held until the next one, as a character may be several bytes.
class RtfDecoder {
  public:
    void set_code_page(int code_page) { code_page_ = code_page; }
    void set_default_font(int font) { default_font_ = font; }
    /// Of a font: as \fcharset or \cpg say it.
    void set_charset(int font, int charset);
    void set_font_code_page(int font, int code_page) { fonts_[font] = code_page; }
    /// The code page of text in that font; -1 is the default one.
    [[nodiscard]] int code_page_of(int font) const;

    void add(char byte, int code_page, std::string* out);
    /// A number as \u has it: UTF-16, perhaps negative.
    void add_unit(int unit, std::string* out);
    /// Writes what was held.
    void flush(std::string* out);

  private:
    int code_page_ = 1252;
    int default_font_ = -1;
    std::map<int, int> fonts_;
    std::string held_;
    int held_code_page_ = 0;
    char32_t high_ = 0;  // the first half of a character
};

}  // namespace docmind
