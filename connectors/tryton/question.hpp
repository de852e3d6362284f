#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/api/question.hpp"

namespace tributary::tryton {

/// What a call is computed in: the last parameter of each.
struct Context {
    std::optional<std::int64_t> company;
    std::string language;
    std::string more;                           ///< The stream's own: a JSON object, or empty.
    std::optional<std::int64_t> location = {};  ///< Quantities are those in it, today by the server's calendar.
    bool assigned = false;                      ///< What is assigned to go out counts as gone.
};

/// `active_test` is off, so that archived rows are read as any others.
std::string context_json(const Context& context);

/// What `search_read` of one model is asked.
struct Search {
    const table::Definition& definition;
    const api::Metadata& model;
    std::string_view context;  ///< JSON.
    std::span<const std::string> fields;
    std::size_t rows = 0;
    std::span<const std::string> key;         ///< Fields to order by.
    std::span<const walk::Mark> behind = {};  ///< As many as `key`, or none.
    std::span<const std::vector<std::string>> keys = {};
    const api::Question* question = nullptr;              ///< For the rest of its conditions.
    std::span<const api::Metadata* const> children = {};  ///< Models of the definition's includes.
};

/// `[domain, 0, rows, order, fields, context]` (trytond/model/modelstorage.py). The order is always given: Tryton's own
/// is another for each model.
std::string search_params(const Search& search);

/// The same of children that no field leads to.
std::string children_params(const api::ChildQuestion& question, std::string_view context);

/// The body has exactly these three members: one more, and trytond answers in another form.
std::string call_body(std::string_view method, std::string_view params);

/// `{"__class__":"datetime",…}` of microseconds UTC.
std::string datetime_json(std::int64_t micros);
std::string date_json(std::int64_t days);

/// Whether canonical texts can be compared with a field of this type.
bool compares_as_text(const api::Field& field);

}  // namespace tributary::tryton
