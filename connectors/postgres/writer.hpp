#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/statement.hpp"
#include "connectors/postgres/connection.hpp"
#include "connectors/postgres/decode.hpp"

namespace tributary::postgres {

/// What a watermark column holds. Naive stamps and days are counted in the time zone; empty: in the session's, which is
/// the database's.
struct StampType {
    Form form = Form::timestamptz;
    std::string time_zone = {};
    std::chrono::microseconds grain{0};  ///< Stamps are rounded to it.
    std::int64_t unit = 0;               ///< Of a number, in microseconds; 0: it is a time.
};

/// PostgreSQL's spelling. COPY takes no parameters, so values are quoted literals; as PostgreSQL gives an untyped
/// literal the type of what it is compared with, the text of a mark is exact for any type.
class PostgresWriter : public table::SqlWriter {
  public:
    explicit PostgresWriter(const Connection& connection, std::span<const Form> forms = {},
                            std::span<const StampType> stamps = {})
        : connection_(connection), forms_(forms), stamps_(stamps) {}
    /// Of the children's columns, for `among`.
    void add_child(std::span<const Form> forms) { child_forms_.push_back(forms); }

    std::string identifier(std::string_view name) override { return connection_.identifier(name); }
    std::string value(const walk::Mark& mark) override;
    std::string output(std::string column, std::size_t index) override;
    std::string moment(std::int64_t micros, std::size_t whose) override;
    std::vector<std::string> spellings(const std::string& text, std::size_t column) override;
    std::string among(const std::string& column, std::span<const std::string> texts, std::size_t index,
                      std::size_t whose) override;

  private:
    const Connection& connection_;
    std::span<const Form> forms_;
    std::span<const StampType> stamps_;
    std::vector<std::span<const Form>> child_forms_;
};

/// Whether a column's values compare as their canonical texts do. Not so: wall clocks, which are read in a zone, and
/// what is no key.
bool is_searchable(Form form);

/// The values of one column of a page, as an array literal's text: `{"1","2",NULL}`.
std::string array_text(std::span<Value* const> rows, std::size_t column);

}  // namespace tributary::postgres
