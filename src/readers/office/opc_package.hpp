#pragma once
// "Where is the part that this one speaks of?" The packages of Word, Excel and PowerPoint (ECMA-376, part 2).

#include "readers/archive/archive.hpp"
#include "readers/office/xml.hpp"

#include <docmind/node.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace docmind {

struct OpcRelation {
    std::string type;    ///< the last part of its name: "styles", "slide"
    std::string target;  ///< the part's name; empty where it lies outside of the package
};

class OpcPackage {
  public:
    explicit OpcPackage(Archive archive) : archive_(std::move(archive)) {}

    /// What the part points to, by its ids; "" are the relations of the package.
    [[nodiscard]] std::map<std::string, OpcRelation, std::less<>> relations(const std::string& part);
    /// The first part of that type that `part` points to; "" where there is none.
    [[nodiscard]] std::string related(const std::string& part, std::string_view type);
    /// The part's bytes; "" where there is no such part.
    [[nodiscard]] std::string bytes(const std::string& part);
    /// The part as XML; null where there is no such part. Errors: corrupt, too_large.
    [[nodiscard]] std::unique_ptr<Xml> xml(const std::string& part);
    /// The main part. Error: corrupt where there is none.
    [[nodiscard]] std::string main_part();
    [[nodiscard]] ExpansionBudget& budget() { return archive_.budget(); }
    /// Of the core properties.
    [[nodiscard]] Metadata metadata();

  private:
    Archive archive_;
};

/// The target of a link within a package, seen from the folder of `part`: "../a.xml" in "x/y/z.xml" is "x/a.xml". Never leads outside.
[[nodiscard]] std::string resolve_part(std::string_view part, std::string_view target);

}  // namespace docmind
