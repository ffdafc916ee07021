#include "readers/office/pptx_reader.hpp"

#include "readers/office/list_number.hpp"
#include "readers/office/opc_package.hpp"
#include "readers/page_output.hpp"
#include "readers/page_writer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr auto media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
constexpr std::size_t max_levels = 9;

/// Whether the paragraphs of each level have a bullet, where it is said.
using Bullets = std::array<std::optional<bool>, max_levels>;

std::optional<bool> bullet_of(pugi::xml_node properties) {
    for (const pugi::xml_node property : properties.children()) {
        const std::string_view name = local_name(property);
        if (name == "buNone") return false;
        if (name == "buChar" || name == "buAutoNum" || name == "buBlip") return true;
    }
    return std::nullopt;
}

/// Sets what a list of level properties (lstStyle, bodyStyle) says.
void take_bullets(pugi::xml_node style, Bullets* bullets) {
    for (std::size_t i = 0; i < max_levels; ++i) {
        if (const auto said = bullet_of(child(style, "lvl" + std::to_string(i + 1) + "pPr"))) (*bullets)[i] = said;
    }
}

pugi::xml_node placeholder_of(pugi::xml_node shape) {
    for (const pugi::xml_node part : shape.children()) {
        if (const auto found = descend(part, "nvPr/ph"); found && local_name(part).starts_with("nv")) return found;
    }
    return {};
}

bool is_title(std::string_view type) {
    return type == "title" || type == "ctrTitle";
}

/// "" is a placeholder for content of any kind.
bool is_body(std::string_view type) {
    return type.empty() || type == "body" || type == "obj";
}

/// What a slide takes from its layout and that one's master: where bullets are.
class Layout {
  public:
    Layout(OpcPackage* package, const std::string& part)
        : layout_(package->xml(part)), master_(package->xml(package->related(part, "slideMaster"))) {
        if (master_) take_bullets(descend(master_->root(), "txStyles/bodyStyle"), &body_);
        const pugi::xml_node shapes = layout_ ? descend(layout_->root(), "cSld/spTree") : pugi::xml_node();
        for (const pugi::xml_node shape : shapes.children()) {
            const pugi::xml_node placeholder = placeholder_of(shape);
            if (!placeholder) continue;
            Bullets bullets = is_body(attribute(placeholder, "type")) ? body_ : Bullets();
            take_bullets(descend(shape, "txBody/lstStyle"), &bullets);
            placeholders_.emplace(attribute(placeholder, "idx"), bullets);
        }
    }

    [[nodiscard]] Bullets bullets(pugi::xml_node placeholder) const {
        if (!placeholder || !is_body(attribute(placeholder, "type"))) return {};
        const auto found = placeholders_.find(attribute(placeholder, "idx"));
        return found == placeholders_.end() ? body_ : found->second;
    }

  private:
    std::unique_ptr<Xml> layout_, master_;
    Bullets body_;
    std::map<std::string_view, Bullets> placeholders_;
};

class Slide {
  public:
    Slide(OpcPackage* package, std::string part, const Layout* layout)
        : package_(package), part_(std::move(part)), relations_(package->relations(part_)), layout_(layout) {}

    void write(PageWriter* writer) {
        writer_ = writer;
        const std::unique_ptr<Xml> slide = package_->xml(part_);
        if (!slide) return;
        const pugi::xml_node shapes = descend(slide->root(), "cSld/spTree");
        for_each_shape(shapes, [this](pugi::xml_node shape) {
            if (is_title(attribute(placeholder_of(shape), "type"))) write_title(child(shape, "txBody"));
        });
        for_each_shape(shapes, [this](pugi::xml_node shape) { write_shape(shape); });
        write_notes();
    }

  private:
    /// Also those in groups.
    template <class Use>
    void for_each_shape(pugi::xml_node shapes, Use use) {
        walk_xml(
            shapes,
            [&use](pugi::xml_node node) {
                const std::string_view name = local_name(node);
                if (name == "sp" || name == "graphicFrame") use(node);
                return name == "grpSp" || name == "AlternateContent" || name == "Choice";
            },
            [](pugi::xml_node) {});
    }

    void write_title(pugi::xml_node text) {
        writer_->begin_heading(1);
        for (const pugi::xml_node paragraph : text.children()) {
            if (local_name(paragraph) != "p") continue;
            writer_->space();
            write_runs(paragraph);
        }
        writer_->end_heading();
    }

    void write_shape(pugi::xml_node shape) {
        const pugi::xml_node placeholder = placeholder_of(shape);
        const std::string_view type = attribute(placeholder, "type");
        if (is_title(type) || type == "ftr" || type == "dt" || type == "sldNum" || type == "hdr") return;
        if (const auto text = child(shape, "txBody")) write_text(text, layout_->bullets(placeholder));
        const pugi::xml_node data = descend(shape, "graphic/graphicData");
        if (const auto table = child(data, "tbl")) write_table(table);
        if (const auto diagram = child(data, "relIds")) write_diagram(attribute(diagram, "dm"));
    }

    void write_text(pugi::xml_node text, Bullets bullets) {
        take_bullets(child(text, "lstStyle"), &bullets);
        std::array<int, max_levels> counters{};
        std::size_t open = 0;  // lists
        for (const pugi::xml_node paragraph : text.children()) {
            if (local_name(paragraph) != "p") continue;
            const pugi::xml_node properties = child(paragraph, "pPr");
            const auto level = static_cast<std::size_t>(std::clamp(number_attribute(properties, "lvl", 0), 0, 8));
            const bool is_item = bullet_of(properties).value_or(bullets[level].value_or(false)) && child(paragraph, "r");
            for (; open > (is_item ? level + 1 : 0); --open) writer_->end_list();
            for (; is_item && open < level + 1; ++open) writer_->begin_list(false);
            const pugi::xml_node numbered = child(properties, "buAutoNum");
            for (std::size_t i = is_item && numbered ? level + 1 : 0; i < max_levels; ++i) counters[i] = 0;
            if (is_item) {
                writer_->begin_item(numbered ? mark_of(numbered, counters[level]++) : "-");
            } else {
                writer_->paragraph();
            }
            write_runs(paragraph);
        }
        for (; open > 0; --open) writer_->end_list();
        writer_->paragraph();
    }

    /// "alphaLcParenR" is "a)", "arabicPeriod" is "1." (ECMA-376, 20.1.10.61).
    static std::string mark_of(pugi::xml_node numbered, int before) {
        const std::string_view type = attribute(numbered, "type");
        const std::string_view style = type.starts_with("alphaLc")   ? "a"
                                       : type.starts_with("alphaUc") ? "A"
                                       : type.starts_with("romanLc") ? "i"
                                       : type.starts_with("romanUc") ? "I"
                                                                     : "1";
        const std::string number = list_number(std::clamp(number_attribute(numbered, "startAt", 1), 1, 32'767) + before, style);
        if (type.ends_with("ParenBoth")) return "(" + number + ")";
        return number + (type.ends_with("ParenR") ? ")" : type.ends_with("Plain") ? "" : ".");
    }

    void write_runs(pugi::xml_node paragraph) {
        for (const pugi::xml_node run : paragraph.children()) {
            const std::string_view name = local_name(run);
            if (name == "r" || name == "fld") writer_->text(own_text(child(run, "t")));
            if (name == "br") writer_->line_break();
            // Formulas stand in here, wherever their letters are.
            if (name == "AlternateContent") writer_->text(all_text(child(run, "Choice")));
        }
    }

    void write_table(pugi::xml_node table) {
        writer_->begin_table();
        for (const pugi::xml_node row : table.children()) {
            if (local_name(row) != "tr") continue;
            writer_->begin_row();
            for (const pugi::xml_node cell : row.children()) {
                // The cells that another one spans are there, and empty.
                if (local_name(cell) != "tc") continue;
                writer_->begin_cell();
                write_text(child(cell, "txBody"), {});
            }
        }
        writer_->end_table();
    }

    void write_diagram(std::string_view id) {
        const auto relation = relations_.find(id);
        const std::unique_ptr<Xml> data = relation == relations_.end() ? nullptr : package_->xml(relation->second.target);
        if (!data) return;
        for (const pugi::xml_node point : child(data->root(), "ptLst").children()) {
            for (const pugi::xml_node paragraph : child(point, "t").children()) {
                if (local_name(paragraph) != "p") continue;
                writer_->paragraph();
                write_runs(paragraph);
            }
        }
        writer_->paragraph();
    }

    void write_notes() {
        for (const auto& [id, relation] : relations_) {
            if (relation.type != "notesSlide") continue;
            const std::unique_ptr<Xml> notes = package_->xml(relation.target);
            if (!notes) continue;
            for_each_shape(descend(notes->root(), "cSld/spTree"), [this](pugi::xml_node shape) {
                const pugi::xml_node text = child(shape, "txBody");
                if (attribute(placeholder_of(shape), "type") != "body" || all_text(text).find_first_not_of(" \t\r\n") == std::string::npos)
                    return;
                writer_->paragraph();
                writer_->text("Notes:");
                writer_->paragraph();
                write_text(text, {});
            });
        }
    }

    OpcPackage* package_;
    std::string part_;
    std::map<std::string, OpcRelation, std::less<>> relations_;
    const Layout* layout_;
    PageWriter* writer_ = nullptr;
};

}  // namespace

void read_pptx(Archive archive, const ReadOptions& options, const DocumentSink& sink) {
    OpcPackage package(std::move(archive));
    const std::string main = package.main_part();
    const std::unique_ptr<Xml> presentation = package.xml(main);
    sink.document(media_type, package.metadata());
    PageOutput output(options, sink);
    const auto relations = package.relations(main);
    std::map<std::string, std::unique_ptr<Layout>> layouts;
    for (const pugi::xml_node entry : child(presentation->root(), "sldIdLst").children()) {
        if (local_name(entry) != "sldId") continue;
        PageWriter writer;
        // `id` and `r:id`: the one with a prefix is the relation.
        std::string_view id;
        for (const pugi::xml_attribute value : entry.attributes()) {
            const std::string_view name = value.name();
            if (name != "id" && local_name(name) == "id") id = value.value();
        }
        const auto relation = relations.find(id);
        if (relation != relations.end()) {
            const std::string& part = relation->second.target;
            const std::string layout_part = package.related(part, "slideLayout");
            std::unique_ptr<Layout>& layout = layouts[layout_part];
            if (!layout) layout = std::make_unique<Layout>(&package, layout_part);
            Slide(&package, part, layout.get()).write(&writer);
        }
        output.put(writer.take(0));
    }
    output.finish("presentation");
}

}  // namespace docmind
