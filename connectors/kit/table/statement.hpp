#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/selection.hpp"
#include "connectors/kit/walk/table_walk.hpp"

namespace tributary::table {

/// How a dialect spells the parts of a statement. One writer serves one statement.
class SqlWriter {
  public:
    virtual ~SqlWriter() = default;
    virtual std::string identifier(std::string_view name) = 0;
    /// A value as a literal, or as a placeholder that the writer remembers to bind. Called in the statement's order.
    virtual std::string value(const walk::Mark& mark) = 0;
    /// A selected column; `index` is its place in the selection.
    virtual std::string output(std::string column, std::size_t /*index*/) { return column; }
    /// Whose watermark: that of the rows themselves, or that of the n-th include.
    static constexpr std::size_t own = 0;
    static constexpr std::size_t of_include(std::size_t n) { return n + 1; }
    /// The start of a round, in the terms of a watermark column.
    virtual std::string moment(std::int64_t micros, std::size_t whose) = 0;
    /// The condition that a row is stamped at or after the start of a round (`comparison` is `>=`; `>` in a test).
    virtual std::string stamped(const std::string& column, std::string_view comparison, std::int64_t from,
                                std::size_t whose) {
        return column + " " + std::string(comparison) + " " + moment(from, whose);
    }
    /// A column as it is compared and ordered by, where that differs from the column itself; `index` as in `output`.
    /// Both must order values alike, and differ wherever the values of two keys do.
    virtual std::string compared(std::string column, std::size_t /*index*/) { return column; }
    /// Rows behind the one with these values, in the order of the columns: `(a, b) > (x, y)`.
    virtual std::string behind(std::span<const std::string> columns, std::span<const std::string> values);
    /// Every value of the column that has this canonical text (core/model/key_text.hpp). One that is too many finds a
    /// row nobody asked for, which the caller sees; one that is missing would make a row look deleted.
    virtual std::vector<std::string> spellings(const std::string& text, std::size_t /*column*/) {
        return {value({Kind::text, text})};
    }
    /// The condition that the column of this place in the selection (`whose`, as a watermark's) has one of these
    /// canonical texts, which may come from a column of another type: what its own cannot hold is left out. Called only
    /// for columns that TableReader::sought_by names. A row too many does no harm.
    virtual std::string among(const std::string& column, std::span<const std::string> texts, std::size_t index,
                              std::size_t whose);
    /// `column in (values)`; of no values what is never true.
    static std::string in_list(const std::string& column, std::span<const std::string> values);
};

/// Whether a canonical text is that of a number: nothing else may stand in a statement without quotes.
bool is_number_text(std::string_view text);

/// The parts of a table's name: `shop.order` has two; one in double quotes may hold dots, and quotes when doubled.
std::vector<std::string> name_parts(std::string_view table);
/// The reverse: a name as such a part, in quotes where it needs them.
std::string name_part(std::string_view name);

/// `shop.order` becomes `"shop"."order"`.
std::string table_name(std::string_view table, SqlWriter& sql);

/// The table, or the query as a table, without the rows that `where` leaves out; takes an alias behind it.
std::string relation(const Definition& definition, SqlWriter& sql);

/// What is selected: `r."a", r."b"`, with `prefix` "r.".
std::string column_list(std::span<const std::string> columns, SqlWriter& sql, std::string_view prefix);

/// What a page is ordered by: the watermark where it is read by that, then the key.
std::vector<std::string> page_order(const Selection& selection, const walk::PageRequest& request, SqlWriter& sql);

/// Everything behind a page's select list: `from … as r where … order by … limit …`.
std::string page_rows(const Definition& definition, const Selection& selection, const walk::PageRequest& request,
                      std::size_t rows, SqlWriter& sql);

/// One page. Columns are qualified, so that `order by` never means an output column of the same name and another type.
/// Rows with a null in their key cannot be paged by it: they are left out, and come by a request of their own.
std::string page_statement(const Definition& definition, const Selection& selection, const walk::PageRequest& request,
                           std::size_t rows, SqlWriter& sql);

/// The same with the columns that a comparison of keys reads (Selection::listed), which an index can answer alone.
std::string key_statement(const Definition& definition, const Selection& selection, const walk::PageRequest& request,
                          std::size_t rows, SqlWriter& sql);

}  // namespace tributary::table
