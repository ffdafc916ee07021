#pragma once
// "What does this picture say?" Text recognition by tesseract.

#include "readers/pdf/page_layout.hpp"
#include "readers/pdf/picture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tesseract {
class TessBaseAPI;
}

namespace docmind {

/// The folder with tesseract's language data, or nothing where none is installed. It is looked for once; a sandbox that begins after
/// that must leave it readable.
[[nodiscard]] std::string language_data_folder();

/// What is to happen once, before a sandbox: text recognition starts no threads from here on.
void prepare_recognition();

class Recognizer {
  public:
    /// `languages`: tesseract's names, "+" between them. Loads their data, which takes about 0.1 s.
    /// Errors: unsupported where the data of a language is missing; the message names the package that has it.
    explicit Recognizer(const std::string& languages);
    ~Recognizer();
    Recognizer(const Recognizer&) = delete;
    Recognizer& operator=(const Recognizer&) = delete;

    /// The words of the picture in reading order, with boxes in points from its top left. `resolution`: pixels per inch. A picture that
    /// stands on its side or head, or a little askew, is turned first; the boxes are those in the picture as it came.
    /// A picture without writing gives no words.
    [[nodiscard]] std::vector<PlacedWord> recognize(Picture picture, int resolution);

    [[nodiscard]] const std::string& languages() const { return languages_; }
    /// How sure tesseract was of all words so far, 0 to 100.
    [[nodiscard]] int confidence() const;

  private:
    struct Words {
        std::vector<PlacedWord> words;  // boxes in pixels
        double confidence = 0;          // the sum
    };
    [[nodiscard]] Words read(Pix* picture, int resolution);

    std::string languages_;
    std::unique_ptr<tesseract::TessBaseAPI> engine_;
    double confidence_ = 0;
    std::size_t words_ = 0;
};

}  // namespace docmind
