#include "storage/engine/document_filter.hpp"

#include "storage/engine/document_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace docmind {
namespace {

using Keys = std::vector<std::int64_t>;

/// What a column must be to its value, which is ?1 and has small ASCII letters. There are a few dozen different statements in all,
/// whatever is asked: they stay prepared.
std::string condition(const MetadataFilter& filter, std::string_view column) {
    const std::string beginning = fmt::format("substr(lower({}), 1, length(?1))", column);
    const std::string comparison = fmt::format("{} <> '' AND {}", column, beginning);
    switch (filter.op) {
        case FilterOperator::equal:
        case FilterOperator::not_equal:
            if (filter.key == "folder" || is_time(filter.key)) return beginning + " = ?1";
            return fmt::format("lower({}) = ?1", column);
        case FilterOperator::begins: return beginning + " = ?1";
        case FilterOperator::contains: return fmt::format("instr(lower({}), ?1) > 0", column);
        case FilterOperator::less: return comparison + " < ?1";
        case FilterOperator::less_equal: return comparison + " <= ?1";
        case FilterOperator::greater: return comparison + " > ?1";
        case FilterOperator::greater_equal: return comparison + " >= ?1";
    }
    return "0";
}

/// The column of the catalogue that holds the fact; empty where it is metadata.
std::string_view column_of(std::string_view key) {
    if (key == "name") return "name";
    if (key == "source" || key == "folder") return "source";
    if (key == "added") return "created_at";
    return "";
}

std::string bound_value(const MetadataFilter& filter, const std::string& value) {
    std::string bound = value;
    for (char& c : bound) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (filter.key == "folder" && !bound.ends_with('/')) bound += '/';
    return bound;
}

/// Ascending, each once.
void make_set(Keys* keys) {
    std::ranges::sort(*keys);
    const auto repeated = std::ranges::unique(*keys);
    keys->erase(repeated.begin(), repeated.end());
}

void read_keys(Query& query, Keys* keys) {
    while (query.step()) keys->push_back(query.integer(0));
}

Keys keys_with(Database& reader, const MetadataFilter& filter) {
    Keys keys;
    const std::string_view column = column_of(filter.key);
    for (const std::string& value : filter.values) {
        const std::string bound = bound_value(filter, value);
        if (filter.key == "type") {
            Query query(reader,
                        fmt::format("SELECT key FROM documents WHERE {} OR {}", condition(filter, "kind"), condition(filter, "media_type")),
                        bound);
            read_keys(query, &keys);
        } else if (!column.empty()) {
            Query query(reader, fmt::format("SELECT key FROM documents WHERE {}", condition(filter, column)), bound);
            read_keys(query, &keys);
        } else {
            Query query(reader,
                        fmt::format("SELECT document_key FROM document_metadata WHERE name = ?2 AND {}", condition(filter, "value")), bound,
                        filter.key);
            read_keys(query, &keys);
        }
    }
    make_set(&keys);
    return keys;
}

Keys all_keys(Database& reader) {
    Keys keys;
    Query query(reader, "SELECT key FROM documents ORDER BY key");
    read_keys(query, &keys);
    return keys;
}

Keys named_keys(Database& reader, const std::vector<std::string>& ids) {
    DocumentTable documents(reader);
    Keys keys;
    for (const std::string& id : ids) {
        if (const auto key = documents.key_of(id)) keys.push_back(*key);
    }
    make_set(&keys);
    return keys;
}

}  // namespace

std::optional<Keys> document_keys(Database& reader, const VectorStoreQuery& query) {
    check_filters(query.filters);
    if (query.document_ids.empty() && query.filters.empty()) return std::nullopt;
    Keys keys = query.document_ids.empty() ? all_keys(reader) : named_keys(reader, query.document_ids);
    for (const MetadataFilter& filter : query.filters) {
        const Keys with = keys_with(reader, filter);
        Keys left;
        if (filter.op == FilterOperator::not_equal) {
            std::ranges::set_difference(keys, with, std::back_inserter(left));
        } else {
            std::ranges::set_intersection(keys, with, std::back_inserter(left));
        }
        keys = std::move(left);
    }
    return keys;
}

}  // namespace docmind
