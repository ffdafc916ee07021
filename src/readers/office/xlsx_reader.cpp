#include "readers/office/xlsx_reader.hpp"

#include "readers/office/number_format.hpp"
#include "readers/office/opc_package.hpp"
#include "readers/office/sheet.hpp"
#include "readers/page_output.hpp"
#include "readers/page_writer.hpp"

#include <docmind/error.hpp>

#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr auto media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
constexpr std::uint32_t max_column = 16'383, max_row = 1'048'575;  // ECMA-376, 18.3.1.4: XFD1048576

/// The text of <si> or <is>: one <t>, or one in each run; not the reading aids (rPh).
std::string string_of(pugi::xml_node item) {
    std::string text;
    for (const pugi::xml_node part : item.children()) {
        if (local_name(part) == "t") text += own_text(part);
        if (local_name(part) == "r") text += own_text(child(part, "t"));
    }
    return text;
}

class SharedStrings {
  public:
    void add(std::string_view text) {
        all_ += text;
        ends_.push_back(all_.size());
    }
    [[nodiscard]] std::string_view at(std::size_t index) const {
        if (index >= ends_.size()) return {};
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(all_).substr(begin, ends_[index] - begin);
    }

  private:
    std::string all_;
    std::vector<std::size_t> ends_;
};

class Workbook {
  public:
    Workbook(OpcPackage* package, std::string main, const ReadOptions& options)
        : package_(package), main_(std::move(main)), options_(&options) {
        read_styles();
        const std::string strings = package_->related(main_, "sharedStrings");
        for_each_item(package_->bytes(strings), "sst", "si", strings, [this](pugi::xml_node item) { strings_.add(string_of(item)); });
    }

    void run(PageOutput* output) {
        const std::unique_ptr<Xml> book = package_->xml(main_);
        is_1904_ = attribute(child(book->root(), "workbookPr"), "date1904") == "1" ||
                   attribute(child(book->root(), "workbookPr"), "date1904") == "true";
        const auto relations = package_->relations(main_);
        for (const pugi::xml_node sheet : child(book->root(), "sheets").children()) {
            const std::string_view state = attribute(sheet, "state");
            if (local_name(sheet) != "sheet" || state == "hidden" || state == "veryHidden") continue;
            const auto relation = relations.find(relation_id(sheet));
            const bool has_cells = relation != relations.end() && relation->second.type == "worksheet";
            PageWriter writer;
            writer.section(1, std::string(attribute(sheet, "name")));
            if (has_cells) read_sheet(relation->second.target).write(&writer);
            output->put(writer.take(0));
        }
    }

  private:
    /// The id is in another namespace than sheetId, whose local name is another too.
    static std::string_view relation_id(pugi::xml_node sheet) { return attribute(sheet, "id"); }

    void read_styles() {
        const std::unique_ptr<Xml> styles = package_->xml(package_->related(main_, "styles"));
        if (!styles) return;
        std::map<int, NumberFormat> own;
        for (const pugi::xml_node format : child(styles->root(), "numFmts").children())
            own.emplace(number_attribute(format, "numFmtId", -1), NumberFormat::of_code(attribute(format, "formatCode")));
        for (const pugi::xml_node style : child(styles->root(), "cellXfs").children()) {
            if (local_name(style) != "xf") continue;
            const int id = number_attribute(style, "numFmtId", 0);
            const auto format = own.find(id);
            formats_.push_back(format == own.end() ? NumberFormat::of_id(id) : format->second);
        }
    }

    Sheet read_sheet(const std::string& part) {
        Sheet sheet;
        std::uint32_t next_row = 0;
        for_each_item(package_->bytes(part), "sheetData", "row", part, [&](pugi::xml_node row) {
            const int number = number_attribute(row, "r", 0);
            const std::uint32_t at = number > 0 ? static_cast<std::uint32_t>(number) - 1 : next_row;
            if (at > max_row) return;
            next_row = at + 1;
            read_row(row, at, &sheet);
        });
        return sheet;
    }

    void read_row(pugi::xml_node row, std::uint32_t number, Sheet* sheet) {
        std::uint32_t next_column = 0;
        for (const pugi::xml_node cell : row.children()) {
            if (local_name(cell) != "c") continue;
            const std::uint32_t column = column_of(attribute(cell, "r"), next_column);
            next_column = column + 1;
            if (column > max_column) continue;
            std::string text = value_of(cell);
            if (text.empty()) continue;
            if (++cells_ > options_->max_cells)
                throw Error(errc::too_large, "This workbook has more than " + std::to_string(options_->max_cells) +
                                                 " cells with a value (ingestion.max_cells). Split it into smaller ones.");
            sheet->set(number, column, std::move(text));
        }
    }

    /// The column of "B7", from 0; `otherwise` where there is none.
    static std::uint32_t column_of(std::string_view name, std::uint32_t otherwise) {
        std::uint32_t column = 0;
        for (const char c : name.substr(0, 4)) {
            if (c < 'A' || c > 'Z') break;
            column = column * 26 + static_cast<std::uint32_t>(c - 'A') + 1;
        }
        return column == 0 ? otherwise : column - 1;
    }

    std::string value_of(pugi::xml_node cell) {
        const std::string_view type = attribute(cell, "t");
        if (type == "inlineStr") return string_of(child(cell, "is"));
        std::string value = own_text(child(cell, "v"));
        if (type == "s") {
            std::size_t index = SIZE_MAX;
            std::from_chars(value.data(), value.data() + value.size(), index);
            const std::string_view text = strings_.at(index);
            package_->budget().spend(text.size());
            return std::string(text);
        }
        if (type == "b") return value == "1" || value == "true" ? "TRUE" : value.empty() ? "" : "FALSE";
        if (value.empty() || (!type.empty() && type != "n")) return value;
        const auto style = static_cast<std::size_t>(number_attribute(cell, "s", 0));
        return shown_number(value, style < formats_.size() ? formats_[style] : NumberFormat(), is_1904_);
    }

    OpcPackage* package_;
    std::string main_;
    const ReadOptions* options_;
    SharedStrings strings_;
    std::vector<NumberFormat> formats_;  // by style
    bool is_1904_ = false;
    std::uint64_t cells_ = 0;
};

}  // namespace

void read_xlsx(Archive archive, const ReadOptions& options, const DocumentSink& sink) {
    OpcPackage package(std::move(archive));
    const std::string main = package.main_part();
    sink.document(media_type, package.metadata());
    PageOutput output(options, sink);
    Workbook(&package, main, options).run(&output);
    output.finish("workbook");
}

}  // namespace docmind
