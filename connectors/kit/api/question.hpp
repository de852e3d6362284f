#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/walk/table_walk.hpp"
#include "core/model/value.hpp"

namespace tributary::api {

/// A field as the source's metadata tells it.
struct Field {
    std::string name;
    std::string type = {};     ///< As the source spells it; empty: not told.
    std::string target = {};   ///< The object whose rows it leads to; empty: it holds a value.
    std::string inverse = {};  ///< The target's field that leads back to this object; empty: there is none.
    bool many = false;         ///< Of a target: there is a list of them.
    bool asked_by = true;      ///< Conditions on it are possible.
    bool wall_clock = false;   ///< It holds times of which the source does not say in which zone.
};

/// A model, set or doctype as the source's metadata tells it.
struct Metadata {
    bool found = false;
    bool readable = true;
    std::vector<Field> fields = {};
    std::vector<std::string> others = {};  ///< Names of objects, for a suggestion where it is not found.

    const Field* field(std::string_view name) const;
    std::vector<std::string> names() const;
};

/// A page of rows, always in the order of the key. Conditions hold together.
struct Question {
    /// What to read, as dotted paths: the selection's columns, to the end of each path where the mapping reads inside
    /// of one; with children that come nested, their fields below the include's `field`.
    std::vector<std::string> fields = {};
    std::size_t rows = 1;                     ///< No more than these.
    std::vector<walk::Mark> behind = {};      ///< Rows behind this key; empty: from the start.
    std::optional<std::int64_t> since = {};   ///< Stamped at or after this: microseconds UTC.
    const table::Include* touched = nullptr;  ///< `since` is about the rows of this include: one of them suffices.
    std::span<const std::vector<std::string>> keys = {};  ///< Not empty: the rows of these keys (canonical texts).
    std::span<const walk::Sought> sought = {};            ///< Only for fields that ApiReader::searchable names.
};

/// Objects in the arena whose members are named as the first parts of `Question::fields` are and hold values as a
/// mapping takes them; a member that is missing is null.
struct Answer {
    std::vector<Value> rows = {};
    std::vector<std::shared_ptr<const Shape>> shapes = {};  ///< Of the rows and of what is in them.
    /// The source has more of them. Set it where fewer rows than were asked for came and more may follow; as many as
    /// were asked for are taken for a full page anyhow.
    bool full = false;
};

/// Children that do not come nested: all of these parents, no more than ApiReader::most_parents, in one request where
/// the API can.
struct ChildQuestion {
    const table::Include& include;  ///< With `on`, also where a field leads to the children.
    std::string object;
    std::vector<std::string> fields;
    /// For each parent its values for the child's fields of `on`. No two are the same.
    std::vector<std::vector<walk::Mark>> parents;
};

}  // namespace tributary::api
