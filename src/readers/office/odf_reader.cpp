#include "readers/office/odf_reader.hpp"

#include "readers/office/odf_styles.hpp"
#include "readers/office/odf_text.hpp"
#include "readers/office/office_metadata.hpp"
#include "readers/office/sheet.hpp"
#include "readers/office/xml.hpp"
#include "readers/page_output.hpp"
#include "readers/page_writer.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace docmind {

namespace {

constexpr std::uint32_t max_place = 16'777'215;  // of a row or column; further ones are not looked at

std::unique_ptr<Xml> part(Archive* archive, const std::string& name) {
    std::optional<std::string> bytes = archive->read(name);
    return bytes ? std::make_unique<Xml>(std::move(*bytes), name) : nullptr;
}

class Spreadsheet {
  public:
    Spreadsheet(const OdfStyles* styles, const ReadOptions& options, ExpansionBudget* budget)
        : styles_(styles), options_(&options), budget_(budget) {}

    void run(pugi::xml_node body, PageOutput* output) {
        for (const pugi::xml_node table : body.children()) {
            if (local_name(table) != "table" || styles_->find("table", attribute(table, "style-name")).is_hidden) continue;
            PageWriter writer;
            writer.section(1, std::string(attribute(table, "name")));
            read_table(table).write(&writer);
            output->put(writer.take(0));
        }
    }

  private:
    Sheet read_table(pugi::xml_node table) {
        Sheet sheet;
        std::uint32_t row = 0;
        walk_xml(
            table,
            [&](pugi::xml_node node) {
                const std::string_view name = local_name(node);
                if (name == "table-row") row += read_row(node, row, &sheet);
                return name == "table-rows" || name == "table-header-rows" || name == "table-row-group";
            },
            [](pugi::xml_node) {});
        return sheet;
    }

    static std::uint32_t repeated(pugi::xml_node node, std::string_view what) {
        return static_cast<std::uint32_t>(std::clamp(number_attribute(node, what, 1), 1, static_cast<int>(max_place)));
    }

    /// Returns how many rows it stands for.
    std::uint32_t read_row(pugi::xml_node source, std::uint32_t first, Sheet* sheet) {
        const std::uint32_t rows = repeated(source, "number-rows-repeated");
        std::uint32_t column = 0;
        for (const pugi::xml_node cell : source.children()) {
            const std::string_view name = local_name(cell);
            if ((name != "table-cell" && name != "covered-table-cell") || column > max_place) continue;
            const std::uint32_t columns = repeated(cell, "number-columns-repeated");
            const std::string text = name == "table-cell" && first <= max_place ? value_of(cell) : std::string();
            if (!text.empty()) set(text, {first, rows}, {column, columns}, sheet);
            column += columns;
        }
        return first > max_place ? 0 : rows;
    }

    using Range = std::pair<std::uint32_t, std::uint32_t>;  // first, count
    void set(const std::string& text, Range rows, Range columns, Sheet* sheet) {
        const std::uint64_t count = std::uint64_t{rows.second} * columns.second;
        cells_ += count;
        if (cells_ > options_->max_cells)
            throw Error(errc::too_large, "This spreadsheet has more than " + std::to_string(options_->max_cells) +
                                             " cells with a value (ingestion.max_cells). Split it into smaller ones.");
        budget_->spend((count - 1) * text.size());
        for (std::uint32_t r = 0; r < rows.second; ++r) {
            for (std::uint32_t c = 0; c < columns.second; ++c) sheet->set(rows.first + r, columns.first + c, text);
        }
    }

    static std::string value_of(pugi::xml_node cell) {
        if (attribute(cell, "value-type") == "date") {
            std::string date(attribute(cell, "date-value").substr(0, 19));
            std::ranges::replace(date, 'T', ' ');
            if (!date.empty()) return date;
        }
        return odf_plain_text(cell);
    }

    const OdfStyles* styles_;
    const ReadOptions* options_;
    ExpansionBudget* budget_;
    std::uint64_t cells_ = 0;
};

void write_slide(pugi::xml_node slide, OdfText* text) {
    const auto kind = [](pugi::xml_node shape) { return attribute(shape, "class"); };
    for (const pugi::xml_node shape : slide.children()) {
        if (kind(shape) == "title") text->write_heading(1, shape);
    }
    constexpr std::array<std::string_view, 5> left_out = {"title", "date-time", "footer", "page-number", "header"};
    for (const pugi::xml_node shape : slide.children()) {
        if (std::ranges::find(left_out, kind(shape)) == left_out.end() && local_name(shape) != "notes") text->write(shape);
    }
    for (const pugi::xml_node shape : child(slide, "notes").children()) {
        if (kind(shape) != "notes" || odf_plain_text(shape).find_first_not_of(" \n") == std::string::npos) continue;
        text->line("Notes:");
        text->write(shape);
    }
}

void write_slides(pugi::xml_node body, OdfText* text) {
    bool is_first = true;
    for (const pugi::xml_node slide : body.children()) {
        if (local_name(slide) != "page") continue;
        if (!std::exchange(is_first, false)) text->end_page();
        write_slide(slide, text);
    }
}

}  // namespace

void read_odf(Archive archive, const std::string& media_type, const ReadOptions& options, const DocumentSink& sink) {
    if (archive.read("META-INF/manifest.xml").value_or("").find(":encryption-data") != std::string::npos)
        throw Error(errc::encrypted, "This document asks for a password. Save it without one, then upload that.");
    const std::unique_ptr<Xml> content = part(&archive, "content.xml");
    if (!content) throw Error(errc::corrupt, "This file is damaged: its text is missing. Open it in its program and save it again.");
    const std::unique_ptr<Xml> styles_part = part(&archive, "styles.xml");
    OdfStyles styles;
    if (styles_part) styles.add(styles_part->root());
    styles.add(content->root());
    const std::unique_ptr<Xml> meta = part(&archive, "meta.xml");
    sink.document(media_type, meta ? office_metadata(child(meta->root(), "meta")) : Metadata());

    PageOutput output(options, sink);
    const pugi::xml_node body = child(content->root(), "body");
    if (const auto sheets = child(body, "spreadsheet")) {
        Spreadsheet(&styles, options, &archive.budget()).run(sheets, &output);
    } else {
        OdfText text(&styles, &output);
        const pugi::xml_node slides = child(body, "presentation") ? child(body, "presentation") : child(body, "drawing");
        if (slides) {
            write_slides(slides, &text);
        } else {
            text.write(child(body, "text"));
        }
        text.finish();
    }
    output.finish("document");
}

}  // namespace docmind
