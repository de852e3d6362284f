#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/table/loan.hpp"
#include "connectors/kit/table/local_time.hpp"
#include "connectors/kit/table/reader.hpp"
#include "connectors/postgres/connection.hpp"
#include "connectors/postgres/decode.hpp"
#include "connectors/postgres/writer.hpp"

namespace tributary::postgres {

/// Reads one stream, in each call over one of the source's sessions. Pages come by `copy … to stdout (format binary)`:
/// a row of nine columns costs the client 0.45 us there and 1.9 us in the result of a parameterised statement (libpq
/// 15). libpq allocates and frees a buffer for each row of a copy; decoding allocates nothing.
class PostgresReader : public table::TableReader {
  public:
    PostgresReader(ServerSettings server, std::shared_ptr<table::Sessions<Connection>> sessions,
                   table::Definition definition, table::Turn turn)
        : server_(std::move(server)), definition_(std::move(definition)), connection_(std::move(sessions), turn) {}

    Result<void> open(std::stop_token stop) override;
    const table::Selection& selection() const override { return main_.selection; }
    std::optional<std::size_t> sought_by(std::size_t whose, const std::string& column) const override;
    Result<walk::Look> look(std::vector<Condition>& conditions, std::stop_token stop) override;
    Result<std::int64_t> estimate(std::stop_token stop) override;
    Result<void> begin(std::stop_token stop) override;
    Result<table::Page> page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override;
    Result<table::Page> keys(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override;
    Result<table::Children> children(const table::ChildrenRequest& request, Arena& arena,
                                     std::stop_token stop) override;
    Result<void> end(std::stop_token stop) override;
    std::int64_t time_of(const Value& watermark) override;
    Result<std::vector<table::ColumnType>> columns(std::optional<std::size_t> include, std::stop_token stop) override;
    void leave() override {
        in_snapshot_ = false;
        connection_.leave();
    }
    std::chrono::microseconds waited() const override { return connection_.waited(); }
    Result<table::Facts> facts(const table::Definition& definition, std::stop_token stop) override;
    Result<table::Facts> facts(const table::Include& include, std::stop_token stop) override;

  private:
    /// A statement's columns and how each is read.
    struct Columns {
        table::Selection selection;
        std::vector<Form> forms;
    };
    struct Child {
        Columns columns;
        std::vector<std::string> on_types;  ///< Of the parent columns, as SQL names them.
    };

    const Columns& columns_of(std::size_t whose) const {
        return whose == table::SqlWriter::own ? main_ : children_.at(whose - 1).columns;
    }
    Result<void> connect(std::stop_token stop);
    Result<void> learn_columns(std::stop_token stop);
    Result<StampType> stamps_of(const table::Watermark& watermark, const std::string& table,
                                const std::vector<ResultColumn>& available);
    Result<void> learn_zone(std::stop_token stop);
    Result<Child> learn_child(std::size_t include, const std::vector<ResultColumn>& parent, std::stop_token stop);
    Result<std::vector<ResultColumn>> describe(const std::string& relation, std::stop_token stop);
    std::string children_statement(const table::ChildrenRequest& request);
    Result<table::Page> copy_page(const std::string& sql, std::span<const Form> forms, std::size_t width,
                                  const Feed::Limits& limits, Arena& arena, std::stop_token stop);
    Result<table::Page> saved_page(const std::string& sql, std::span<const Form> forms, std::size_t width,
                                   const Feed::Limits& limits, Arena& arena, std::stop_token stop);
    Result<table::Facts> table_facts(const std::string& table, std::stop_token stop);
    Error explained(Error error, std::stop_token stop);
    std::string lock_holders(std::stop_token stop);
    Result<void> execute(const std::string& sql, std::stop_token stop);

    ServerSettings server_;
    table::Definition definition_;
    table::Loan<Connection> connection_;
    Columns main_;
    std::vector<Child> children_;
    std::vector<StampType> stamps_;         ///< By SqlWriter's `whose`.
    std::optional<table::LocalTime> zone_;  ///< Of naive watermarks.
    bool in_snapshot_ = false;
    std::size_t row_bytes_ = 0;  ///< Of the last page's rows, on average; 0: unknown.
};

}  // namespace tributary::postgres
