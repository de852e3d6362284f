#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/local_time.hpp"
#include "connectors/kit/table/statement.hpp"
#include "connectors/mariadb/connection.hpp"
#include "connectors/mariadb/types.hpp"

namespace tributary::mariadb {

/// How the columns of a selection are spelled.
struct Spelling {
    std::vector<Form> forms;
    /// Ordered and compared by their UTF-8 bytes: texts whose collation may hold two keys for equal ('a' and 'A'), and
    /// members, which the server orders by number and compares by text. No index helps there.
    std::vector<bool> by_bytes;
};

/// What a watermark column counts in.
struct Stamps {
    Form form = Form::timestamp;
    std::optional<table::LocalTime> zone = {};  ///< Of forms without one.
    std::chrono::microseconds grain{0};         ///< Stamps are cut to it.
    std::int64_t unit = 0;                      ///< Of a number, in microseconds; 0: it is a time.
};

/// MariaDB's spelling. Values are literals: a statement that is prepared costs a second round trip and 1.2 us a row.
class MariadbWriter : public table::SqlWriter {
  public:
    explicit MariadbWriter(const Connection& connection, const Spelling* spelling = nullptr,
                           std::span<const Stamps> stamps = {})
        : connection_(connection), spelling_(spelling), stamps_(stamps) {}
    /// Of the children's columns, for `among`.
    void add_child(const Spelling& spelling) { child_spellings_.push_back(&spelling); }

    std::string identifier(std::string_view name) override { return Connection::identifier(name); }
    std::string value(const walk::Mark& mark) override;
    std::string output(std::string column, std::size_t index) override;
    std::string moment(std::int64_t micros, std::size_t whose) override;
    std::string compared(std::string column, std::size_t index) override;
    std::vector<std::string> spellings(const std::string& text, std::size_t column) override;
    std::string among(const std::string& column, std::span<const std::string> texts, std::size_t index,
                      std::size_t whose) override;
    /// Row values are compared without the help of an index here; written out they are a range of it.
    std::string behind(std::span<const std::string> columns, std::span<const std::string> values) override;

  private:
    const Connection& connection_;
    std::vector<std::string> spellings(Form form, const std::string& text);

    const Spelling* spelling_;
    std::span<const Stamps> stamps_;
    std::vector<const Spelling*> child_spellings_;
};

/// Whether a column's values compare as their canonical texts do. Not so: dates that may be none, wall clocks, which
/// are read in a zone, and what is no key.
bool is_searchable(Form form);

}  // namespace tributary::mariadb
