#include "readers/office/docx_reader.hpp"

#include "readers/office/docx_styles.hpp"
#include "readers/office/list_number.hpp"
#include "readers/office/opc_package.hpp"
#include "readers/office/page_flow.hpp"
#include "readers/page_output.hpp"
#include "readers/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr auto media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr std::size_t max_lists = 9;

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
    return std::ranges::find(names, name) != names.end();
}

/// Elements with nothing of the text in them: what was deleted, properties, drawings' fallbacks, comments' places.
constexpr std::array<std::string_view, 14> skipped = {"del",   "moveFrom", "delText", "instrText", "delInstrText", "rPr",      "pPr",
                                                      "tblPr", "tblGrid",  "tcPr",    "sdtPr",     "sectPr",       "Fallback", "rt"};

/// A part with notes, by their ids.
class Notes {
  public:
    explicit Notes(std::unique_ptr<Xml> part) : part_(std::move(part)) {
        if (!part_) return;
        for (const pugi::xml_node note : part_->root().children()) notes_.emplace(attribute(note, "id"), note);
    }
    /// Each note once, however often it is referred to.
    [[nodiscard]] pugi::xml_node take(std::string_view id) {
        const auto note = notes_.extract(id);
        return note.empty() ? pugi::xml_node() : note.mapped();
    }

  private:
    std::unique_ptr<Xml> part_;
    std::map<std::string_view, pugi::xml_node> notes_;
};

class DocxText {
  public:
    DocxText(OpcPackage* package, const std::string& main, PageOutput* output)
        : footnotes_(package->xml(package->related(main, "footnotes"))),
          endnotes_(package->xml(package->related(main, "endnotes"))),
          flow_(output, [this] { write_notes(&due_footnotes_); }) {
        if (const auto styles = package->xml(package->related(main, "styles"))) styles_ = DocxStyles(styles->root());
        if (const auto numbering = package->xml(package->related(main, "numbering"))) numbering_ = DocxNumbering(numbering->root());
    }

    void run(pugi::xml_node body) {
        collect_sections(body);
        write(body);
        close_lists();
        write_notes(&due_footnotes_);
        write_notes(&due_endnotes_);
        flow_.finish();
    }

  private:
    struct DueNote {
        std::string mark;
        pugi::xml_node text;
    };

    /// How a section begins is said in its own properties, which stand at its end.
    void collect_sections(pugi::xml_node body) {
        for (const pugi::xml_node block : body.children()) {
            const pugi::xml_node section = local_name(block) == "sectPr" ? block : descend(block, "pPr/sectPr");
            if (!section) continue;
            const std::string_view type = attribute(child(section, "type"), "val");
            section_breaks_.push_back(type != "continuous" && type != "nextColumn");
        }
    }

    void write(pugi::xml_node root) {
        walk_xml(root, [this](pugi::xml_node node) { return enter(node); }, [this](pugi::xml_node node) { leave(node); });
    }

    bool enter(pugi::xml_node node) {
        const std::string_view name = local_name(node);
        if (name == "p") {
            // Paragraphs of drawings, which are shapes of other kinds, are not ours; they have no properties we know, and need none.
            begin_paragraph(node);
        } else if (name == "r") {
            const auto hidden = descend(node, "rPr/vanish");
            return hidden ? !is_on(hidden) : !paragraph_.is_hidden;
        } else if (name == "t") {
            put(own_text(node));
            return false;
        } else if (name == "tab" || name == "ptab") {
            flow_.writer().space();
        } else if (name == "br") {
            line_break(attribute(node, "type"));
        } else if (name == "cr") {
            flow_.writer().line_break();
        } else if (name == "noBreakHyphen") {
            put("-");
        } else if (name == "sym") {
            symbol(attribute(node, "char"));
        } else if (name == "lastRenderedPageBreak") {
            flow_.soft_break();
        } else if (name == "footnoteReference" || name == "endnoteReference") {
            refer(node, name == "footnoteReference");
        } else if (name == "txbxContent") {
            boxes_.push_back(node);
            return false;
        } else if (name == "tbl") {
            close_lists();
            flow_.begin_table();
        } else if (name == "tr") {
            if (descend(node, "trPr/del")) return false;
            begin_row(node);
        } else if (name == "tc") {
            return begin_cell(node);
        }
        return !is_one_of(name, skipped);
    }

    void leave(pugi::xml_node node) {
        const std::string_view name = local_name(node);
        if (name == "p") {
            end_paragraph(node);
        } else if (name == "tr") {
            flow_.end_row();
        } else if (name == "tbl") {
            flow_.end_table();
        }
    }

    void put(std::string_view text) { flow_.text(text); }

    void symbol(std::string_view code) {
        unsigned value = 0;
        std::from_chars(code.data(), code.data() + code.size(), value, 16);
        std::string text;
        utf8::append(text, value);
        // The private area is a symbol font's: which picture that is, the text cannot say.
        if (value > 0 && (value < 0xE000 || value > 0xF8FF)) put(text);
    }

    void line_break(std::string_view type) {
        if (type == "page") {
            flow_.hard_break();
        } else {
            flow_.writer().line_break();
        }
    }

    void begin_paragraph(pugi::xml_node node) {
        const pugi::xml_node properties = child(node, "pPr");
        paragraph_ = styles_.paragraph(properties);
        // The mark of the paragraph before was deleted: this one goes on with it.
        if (std::exchange(goes_on_, false)) return;
        if (paragraph_.begins_page) flow_.soft_break();
        DocxNumbering::Mark mark;
        const bool is_numbered = !paragraph_.numbering.empty() && paragraph_.numbering != "0";
        if (is_numbered) mark = numbering_.next(paragraph_.numbering, paragraph_.level);
        const bool is_item = paragraph_.heading == 0 && (mark.is_bullet || !mark.text.empty());
        if (is_item) {
            const bool is_another = paragraph_.level == 0 && std::exchange(list_, paragraph_.numbering) != paragraph_.numbering;
            if (is_another) close_lists();
            set_lists(static_cast<std::size_t>(paragraph_.level) + 1);
            flow_.writer().begin_item(mark.is_bullet ? "-" : mark.text);
            return;
        }
        close_lists();
        flow_.writer().paragraph();
        if (paragraph_.heading == 0) return;
        flow_.begin_heading(paragraph_.heading);
        if (mark.text.empty() || !has_content(node)) return;
        put(mark.text);
        flow_.writer().space();
    }

    /// Whether there may be text in it. An empty paragraph of a list is counted, but its number says nothing.
    static bool has_content(pugi::xml_node paragraph) {
        for (const pugi::xml_node inner : paragraph.children()) {
            if (local_name(inner) != "pPr") return true;
        }
        return false;
    }

    void end_paragraph(pugi::xml_node node) {
        const pugi::xml_node properties = child(node, "pPr");
        if (descend(properties, "rPr/del") && paragraph_.heading == 0) {
            goes_on_ = true;
            return;
        }
        if (paragraph_.heading > 0) flow_.end_heading();
        flow_.writer().paragraph();
        write_boxes();
        if (!child(properties, "sectPr")) return;
        ++section_;
        if (section_ < section_breaks_.size() && section_breaks_[section_]) flow_.hard_break();
    }

    void write_boxes() {
        if (std::exchange(in_box_, true)) return;
        const DocxParagraph around = paragraph_;
        // Boxes within boxes come to the end of the same row.
        for (std::size_t i = 0; i < boxes_.size(); ++i) {
            const pugi::xml_node box = boxes_[i];
            write(box);
        }
        boxes_.clear();
        in_box_ = false;
        paragraph_ = around;
    }

    void refer(pugi::xml_node reference, bool is_footnote) {
        if (in_note_) return;
        const pugi::xml_node note = (is_footnote ? footnotes_ : endnotes_).take(attribute(reference, "id"));
        if (!note) return;
        const std::string mark = is_footnote ? std::to_string(++footnote_count_) : list_number(++endnote_count_, "lowerRoman");
        put("[" + mark + "]");
        (is_footnote ? due_footnotes_ : due_endnotes_).push_back({mark, note});
    }

    void write_notes(std::vector<DueNote>* due) {
        if (due->empty()) return;
        const DocxParagraph around = paragraph_;
        const std::size_t depth = lists_;
        close_lists();
        in_note_ = true;
        for (const DueNote& note : std::exchange(*due, {})) {
            flow_.writer().paragraph();
            put("[" + note.mark + "]");
            flow_.writer().space();
            goes_on_ = true;  // the note's first paragraph stands behind its mark
            write(note.text);
        }
        in_note_ = goes_on_ = false;
        paragraph_ = around;
        set_lists(depth);
    }

    void begin_row(pugi::xml_node row) {
        flow_.begin_row();
        const int before = number_attribute(descend(row, "trPr/gridBefore"), "val", 0);
        if (before > 0) flow_.begin_cell(std::min(before, 64));
    }

    bool begin_cell(pugi::xml_node cell) {
        const pugi::xml_node properties = child(cell, "tcPr");
        const auto is_covered = [&properties](std::string_view merge) {
            const pugi::xml_node property = child(properties, merge);
            return property && attribute(property, "val") != "restart";
        };
        flow_.begin_cell(std::clamp(number_attribute(child(properties, "gridSpan"), "val", 1), 1, 64));
        return !is_covered("vMerge") && !is_covered("hMerge");
    }

    void set_lists(std::size_t depth) {
        depth = std::min(depth, max_lists);
        for (; lists_ > depth; --lists_) flow_.writer().end_list();
        for (; lists_ < depth; ++lists_) flow_.writer().begin_list(false);
    }
    void close_lists() { set_lists(0); }

    DocxStyles styles_;
    DocxNumbering numbering_;
    Notes footnotes_, endnotes_;
    PageFlow flow_;
    DocxParagraph paragraph_;  // the one we are in
    std::vector<pugi::xml_node> boxes_;
    std::vector<DueNote> due_footnotes_, due_endnotes_;
    std::vector<bool> section_breaks_;  // whether section i begins a page
    std::size_t section_ = 0;
    std::size_t lists_ = 0;  // that are open
    std::string list_;       // the numbering of the last item of the first level
    int footnote_count_ = 0;
    int endnote_count_ = 0;
    bool in_box_ = false;
    bool in_note_ = false;
    bool goes_on_ = false;
};

}  // namespace

void read_docx(Archive archive, const ReadOptions& options, const DocumentSink& sink) {
    OpcPackage package(std::move(archive));
    const std::string main = package.main_part();
    const std::unique_ptr<Xml> document = package.xml(main);
    sink.document(media_type, package.metadata());
    PageOutput output(options, sink);
    DocxText(&package, main, &output).run(child(document->root(), "body"));
    output.finish("document");
}

}  // namespace docmind
