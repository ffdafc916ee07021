#include "readers/pdf/recognizer.hpp"

#include <docmind/error.hpp>

#include <leptonica/allheaders.h>
#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>

#include <dlfcn.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string_view>
#include <utility>

namespace docmind {

namespace {

constexpr int least_contrast = 40;          // of 255
constexpr double least_ink = 0.00005;       // of a picture's pixels; below it there is nothing to read
constexpr float least_confidence = 20;      // of a word, 0 to 100; below it is noise, a texture, a photograph
constexpr float unsure_page = 55;           // mean confidence at which a picture may have been turned in error
constexpr float least_skew = 0.4F;          // degrees; tesseract follows lines that are less askew
constexpr float least_skew_confidence = 3;  // as leptonica advises
constexpr float orientation_confidence = 10;
constexpr float orientation_ratio = 3;

/// Tesseract's data files are named by the language alone, or lie in "script/".
bool is_language(std::string_view name) {
    if (name.starts_with("script/")) name.remove_prefix(7);
    return !name.empty() && name.size() < 32 && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::string package_of(std::string language) {
    if (language.starts_with("script/")) language = "script-" + language.substr(7);
    for (char& c : language) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return "tesseract-ocr-" + language;
}

void require(const std::string& folder, const std::string& language) {
    if (!is_language(language)) {
        throw Error(errc::unsupported, "\"" + language + "\" is no language of text recognition. Set ingestion.languages to names as " +
                                           "tesseract has them, with + between them: eng+deu.");
    }
    const std::string path = folder + "/" + language + ".traineddata";
    if (folder.empty() || ::access(path.c_str(), F_OK) != 0) {
        throw Error(errc::unsupported, "This must be read by text recognition (OCR), and there is no data for the language \"" + language +
                                           "\". Install the Debian package " + package_of(language) +
                                           ", or choose another language (ingestion.languages).");
    }
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) {
        throw Error(errc::unsupported,
                    "This must be read by text recognition (OCR), and its data cannot be opened here: the sandbox of the "
                    "reader needs a Linux kernel with Landlock for that (docmind-worker --check).");
    }
    std::fclose(file);
}

Picture to_grey(Picture picture) {
    if (pixGetDepth(picture.get()) == 32 && pixGetSpp(picture.get()) == 4) picture.reset(pixRemoveAlpha(picture.get()));
    if (picture && pixGetDepth(picture.get()) != 8) picture.reset(pixConvertTo8(picture.get(), 0));
    if (picture && pixGetColormap(picture.get()) != nullptr) picture.reset(pixRemoveColormap(picture.get(), REMOVE_CMAP_TO_GRAYSCALE));
    if (!picture) throw std::bad_alloc();
    return picture;
}

/// Black on white, one threshold for all: for looking at the picture, not for reading it.
Picture to_ink(Pix* grey) {
    Pix* ink = nullptr;
    pixOtsuAdaptiveThreshold(grey, pixGetWidth(grey), pixGetHeight(grey), 0, 0, 0.1F, nullptr, &ink);
    Picture result(ink);
    float share = 0;
    if (result) pixForegroundFraction(result.get(), &share);
    if (share > 0.5F) pixInvert(result.get(), result.get());
    return result;
}

/// Whether there are two clearly different kinds of pixels, and enough of the rarer.
bool has_writing(Pix* grey, Pix* ink) {
    l_int32 darkest = 0, lightest = 0;
    pixGetExtremeValue(grey, 1, L_SELECT_MIN, nullptr, nullptr, nullptr, &darkest);
    pixGetExtremeValue(grey, 1, L_SELECT_MAX, nullptr, nullptr, nullptr, &lightest);
    if (lightest - darkest < least_contrast) return false;
    float share = 0;
    pixForegroundFraction(ink, &share);
    return share > least_ink;
}

/// Quarter turns clockwise that bring the writing upright, by what sticks out of its lines above and below.
int turns_needed(Pix* ink) {
    float up = 0, left = 0;
    l_int32 orientation = L_TEXT_ORIENT_UNKNOWN;
    if (pixOrientDetect(ink, &up, &left, 0, 0) != 0) return 0;
    makeOrientDecision(up, left, orientation_confidence, orientation_ratio, &orientation, 0);
    switch (orientation) {
        case L_TEXT_ORIENT_LEFT: return 1;
        case L_TEXT_ORIENT_DOWN: return 2;
        case L_TEXT_ORIENT_RIGHT: return 3;
        default: return 0;
    }
}

float skew_of(Pix* ink) {
    float angle = 0, confidence = 0;
    if (pixFindSkew(ink, &angle, &confidence) != 0 || confidence < least_skew_confidence) return 0;
    return std::abs(angle) < least_skew ? 0 : angle;
}

/// How a picture was turned to be read, and the way back.
struct Turn {
    int quarters = 0;             // clockwise
    float degrees = 0;            // clockwise, after that
    float width = 0, height = 0;  // after that

    void undo(PlacedWord& word) const {
        if (degrees != 0) undo_skew(word);
        const auto [x0, y0, x1, y1] = std::array{word.x0, word.y0, word.x1, word.y1};
        if (quarters == 1) set(word, y0, width - x1, y1, width - x0);
        if (quarters == 2) set(word, width - x1, height - y1, width - x0, height - y0);
        if (quarters == 3) set(word, height - y1, x0, height - y0, x1);
    }

  private:
    static void set(PlacedWord& word, float x0, float y0, float x1, float y1) {
        word.x0 = x0;
        word.y0 = y0;
        word.x1 = x1;
        word.y1 = y1;
    }
    /// The middle of the box moves; its size stays, for it is the size of the letters.
    void undo_skew(PlacedWord& word) const {
        const float angle = -degrees * std::numbers::pi_v<float> / 180;
        const float x = (word.x0 + word.x1 - width) / 2, y = (word.y0 + word.y1 - height) / 2;
        const float dx = x * std::cos(angle) - y * std::sin(angle) - x, dy = x * std::sin(angle) + y * std::cos(angle) - y;
        set(word, word.x0 + dx, word.y0 + dy, word.x1 + dx, word.y1 + dy);
    }
};

/// The picture as it is best read.
Picture turned(Pix* grey, int quarters, float degrees) {
    Picture result(quarters == 0 ? pixClone(grey) : pixRotateOrth(grey, quarters));
    if (result && degrees != 0)
        result.reset(pixRotate(result.get(), degrees * std::numbers::pi_v<float> / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0));
    if (!result) throw std::bad_alloc();
    return result;
}

Break break_before(const tesseract::ResultIterator& at, bool is_first) {
    if (is_first || at.IsAtBeginningOf(tesseract::RIL_PARA) || at.IsAtBeginningOf(tesseract::RIL_BLOCK)) return Break::paragraph;
    return at.IsAtBeginningOf(tesseract::RIL_TEXTLINE) ? Break::line : Break::space;
}

std::string find_language_data() {
    for (const char* pattern : {"/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata"}) {
        glob_t found{};
        std::string folder;
        if (::glob(pattern, GLOB_ONLYDIR, nullptr, &found) == 0) folder = found.gl_pathv[found.gl_pathc - 1];
        ::globfree(&found);
        if (!folder.empty()) return folder;
    }
    return {};
}

}  // namespace

void PictureDeleter::operator()(Pix* picture) const noexcept {
    pixDestroy(&picture);
}

std::string language_data_folder() {
    static const std::string folder = find_language_data();
    return folder;
}

void prepare_recognition() {
    // Tesseract asks OpenMP for four threads by number, so a default of one would not do. Where it is built without OpenMP, this is not
    // there.
    if (void* function = ::dlsym(RTLD_DEFAULT, "omp_set_max_active_levels")) reinterpret_cast<void (*)(int)>(function)(0);
    setMsgSeverity(L_SEVERITY_NONE);
}

Recognizer::Recognizer(const std::string& languages) : languages_(languages), engine_(std::make_unique<tesseract::TessBaseAPI>()) {
    prepare_recognition();
    const std::string folder = language_data_folder();
    for (std::string_view rest = languages_;;) {
        const auto plus = rest.find('+');
        require(folder, std::string(rest.substr(0, plus)));
        if (plus == std::string_view::npos) break;
        rest.remove_prefix(plus + 1);
    }
    if (engine_->Init(folder.c_str(), languages_.c_str(), tesseract::OEM_LSTM_ONLY) != 0)
        throw Error(errc::unsupported, "The data for text recognition in " + folder + " cannot be used. Install its packages again.");
    engine_->SetPageSegMode(tesseract::PSM_AUTO);
}

Recognizer::~Recognizer() = default;

std::vector<PlacedWord> Recognizer::recognize(Picture picture, int resolution) {
    Picture grey = to_grey(std::move(picture));
    Picture ink = to_ink(grey.get());
    if (!ink || !has_writing(grey.get(), ink.get())) return {};
    Turn turn;
    turn.quarters = turns_needed(ink.get());
    if (turn.quarters != 0) ink.reset(pixRotateOrth(ink.get(), turn.quarters));
    turn.degrees = ink ? skew_of(ink.get()) : 0;
    ink.reset();
    Picture upright = turned(grey.get(), turn.quarters, turn.degrees);
    turn.width = static_cast<float>(pixGetWidth(upright.get()));
    turn.height = static_cast<float>(pixGetHeight(upright.get()));
    Words found = read(upright.get(), resolution);
    const auto mean = [](const Words& words) {
        return words.confidence / static_cast<double>(std::max<std::size_t>(1, words.words.size()));
    };
    if (turn.quarters != 0 && mean(found) < unsure_page) {
        Words as_it_came = read(grey.get(), resolution);
        if (mean(as_it_came) > mean(found)) {
            found = std::move(as_it_came);
            turn = {};
        }
    }
    const float points = 72.F / static_cast<float>(resolution);
    for (PlacedWord& word : found.words) {
        turn.undo(word);
        for (float* edge : {&word.x0, &word.y0, &word.x1, &word.y1}) *edge *= points;
    }
    confidence_ += found.confidence;
    words_ += found.words.size();
    return std::move(found.words);
}

Recognizer::Words Recognizer::read(Pix* picture, int resolution) {
    Words found;
    engine_->SetImage(picture);
    engine_->SetSourceResolution(resolution);
    if (engine_->Recognize(nullptr) == 0) {
        const std::unique_ptr<tesseract::ResultIterator> at(engine_->GetIterator());
        Break before = Break::by_place;  // of words left out
        do {
            if (!at || at->Empty(tesseract::RIL_WORD)) continue;
            before = std::max(before, break_before(*at, found.words.empty()));
            const std::unique_ptr<char[]> text(at->GetUTF8Text(tesseract::RIL_WORD));
            const float confidence = at->Confidence(tesseract::RIL_WORD);
            int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
            if (!text || text[0] == '\0' || confidence < least_confidence || !at->BoundingBox(tesseract::RIL_WORD, &x0, &y0, &x1, &y1))
                continue;
            found.words.push_back({.text = text.get(),
                                   .x0 = static_cast<float>(x0),
                                   .y0 = static_cast<float>(y0),
                                   .x1 = static_cast<float>(x1),
                                   .y1 = static_cast<float>(y1),
                                   .before = std::exchange(before, Break::by_place)});
            found.confidence += confidence;
        } while (at && at->Next(tesseract::RIL_WORD));
    }
    engine_->Clear();
    return found;
}

int Recognizer::confidence() const {
    return words_ == 0 ? 0 : static_cast<int>(std::lround(confidence_ / static_cast<double>(words_)));
}

}  // namespace docmind
