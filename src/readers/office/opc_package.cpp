#include "readers/office/opc_package.hpp"

#include "readers/office/office_metadata.hpp"

#include <docmind/error.hpp>

#include <utility>
#include <vector>

namespace docmind {

namespace {

std::string relations_part(std::string_view part) {
    const auto slash = part.rfind('/');
    const std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
    return std::string(part.substr(0, name)) + "_rels/" + std::string(part.substr(name)) + ".rels";
}

}  // namespace

std::string resolve_part(std::string_view part, std::string_view target) {
    std::vector<std::string_view> folders;
    const auto add = [&folders](std::string_view path) {
        while (!path.empty()) {
            const auto slash = path.find('/');
            const std::string_view name = path.substr(0, slash);
            if (name == "..") {
                if (!folders.empty()) folders.pop_back();
            } else if (!name.empty() && name != ".") {
                folders.push_back(name);
            }
            path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
        }
    };
    const auto slash = part.rfind('/');
    if (!target.starts_with('/') && slash != std::string_view::npos) add(part.substr(0, slash));
    add(target);
    std::string path;
    for (const std::string_view folder : folders) path += (path.empty() ? "" : "/") + std::string(folder);
    return path;
}

std::map<std::string, OpcRelation, std::less<>> OpcPackage::relations(const std::string& part) {
    std::map<std::string, OpcRelation, std::less<>> found;
    const std::unique_ptr<Xml> list = xml(relations_part(part));
    if (!list) return found;
    for (const pugi::xml_node relation : list->root().children()) {
        const std::string_view type = attribute(relation, "Type");
        const bool is_outside = attribute(relation, "TargetMode") == "External";
        found.emplace(attribute(relation, "Id"),
                      OpcRelation{std::string(type.substr(type.rfind('/') + 1)),
                                  is_outside ? std::string() : resolve_part(part, attribute(relation, "Target"))});
    }
    return found;
}

std::string OpcPackage::related(const std::string& part, std::string_view type) {
    for (const auto& [id, relation] : relations(part)) {
        if (relation.type == type) return relation.target;
    }
    return {};
}

std::string OpcPackage::bytes(const std::string& part) {
    return archive_.read(part).value_or("");
}

std::unique_ptr<Xml> OpcPackage::xml(const std::string& part) {
    std::optional<std::string> content = archive_.read(part);
    return content ? std::make_unique<Xml>(std::move(*content), part) : nullptr;
}

std::string OpcPackage::main_part() {
    std::string part = related("", "officeDocument");
    if (!archive_.has(part))
        throw Error(errc::corrupt, "This file is damaged: its main part is missing. Open it in its program and save it again.");
    return part;
}

Metadata OpcPackage::metadata() {
    const std::unique_ptr<Xml> core = xml(related("", "core-properties"));
    return core ? office_metadata(core->root()) : Metadata();
}

}  // namespace docmind
