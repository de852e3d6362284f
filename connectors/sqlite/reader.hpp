#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "connectors/kit/table/reader.hpp"
#include "connectors/sqlite/database.hpp"
#include "connectors/sqlite/stamp.hpp"
#include "connectors/sqlite/types.hpp"

namespace tributary::sqlite {

class SqliteWriter;

constexpr table::IndexForm index_form{.statement = "CREATE INDEX {index} ON {name}({columns})"};

struct FileSettings {
    std::string path;
    std::chrono::milliseconds busy_timeout{0};
};

/// Reads one stream from a SQLite file over a connection of its own.
class SqliteReader : public table::TableReader {
  public:
    SqliteReader(FileSettings file, table::Definition definition)
        : file_(std::move(file)), definition_(std::move(definition)) {}

    Result<void> open(std::stop_token stop) override;
    const table::Selection& selection() const override { return selection_; }
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
    Result<std::optional<std::int64_t>> commits() override;
    Result<std::vector<table::ColumnType>> columns(std::optional<std::size_t> include, std::stop_token stop) override;
    Result<table::Facts> facts(const table::Definition& definition, std::stop_token stop) override;
    Result<table::Facts> facts(const table::Include& include, std::stop_token stop) override;

  private:
    /// A watermark column, quoted as its table is, and what both are called.
    struct Watched {
        std::string column;
        std::string relation;
        std::string name;
        std::int64_t unit = 0;  ///< As in table::Watermark.
    };

    Result<void> connect(std::stop_token stop);
    Result<void> learn_columns();
    Result<std::vector<std::string>> columns_of(const std::string& relation);
    Result<table::Facts> table_facts(const std::string& table, std::stop_token stop);
    Result<void> learn_stamps();
    std::optional<Watched> watched(std::size_t whose) const;
    Result<std::optional<StampForm>> stamps_of(const Watched& watched);
    Result<void> add_misfits(const Watched& watched, const StampForm& stamps, std::vector<Condition>& conditions);
    Result<table::Page> read_page(const std::string& sql, const SqliteWriter& writer, std::size_t width,
                                  const Feed::Limits& limits, Arena& arena);
    void decode(const Statement& statement, int first, std::span<const Declared> declared, Value* to, Arena& arena);

    FileSettings file_;
    table::Definition definition_;
    std::unique_ptr<Database> database_;
    table::Selection selection_;
    std::int64_t connections_ = 0;  ///< Opened so far.
    std::vector<table::Selection> children_;
    std::vector<std::optional<StampForm>> stamps_;  ///< By SqlWriter's `whose`; nothing until a row has a watermark.
};

}  // namespace tributary::sqlite
