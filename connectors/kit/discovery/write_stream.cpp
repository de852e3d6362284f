#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "connectors/kit/discovery/write.hpp"
#include "connectors/kit/discovery/write_fields.hpp"
#include "connectors/kit/discovery/yaml.hpp"

namespace tributary::discovery {
namespace {

constexpr std::size_t longest_line = 120;
constexpr std::size_t source_depth = 8;  ///< Of a stream's lines, commented out.
/// Read completely at each poll, a table is polled the less the larger it is.
constexpr std::int64_t few_rows = 10'000;
constexpr std::int64_t many_rows = 1'000'000;

class StreamText {
  public:
    StreamText(const FileSettings& settings, const table::IndexForm& index_form, const StreamGuess& stream)
        : settings_(settings), index_form_(index_form), stream_(stream) {}

    std::vector<std::string> write() {
        add(0, fmt::format("{}:   # {}", yaml_text(stream_.name), comment_text(table_summary(*stream_.table))));
        add(2, "table: " + yaml_literal(stream_.table->spelled()));
        add(2, "key: " + yaml_list(stream_.key.columns) + note(stream_.key.columns.empty() ? "" : stream_.key.note));
        add_watermark();
        if (stream_.lines) add_include(*stream_.lines);
        if (!stream_.space.empty())
            add(2, "space: " + yaml_text(stream_.space) +
                       note("another stream makes this entity, too; see `of` if "
                            "the rows are about the same ones"));
        add(2, "entity: " + (stream_.entity.empty() ? "…" : stream_.entity));
        add(2, "fields:");
        add_fields();
        return std::move(lines_);
    }

  private:
    static std::string note(std::string_view text) { return text.empty() ? "" : "   # " + comment_text(text); }

    void add(std::size_t depth, const std::string& text) { lines_.push_back(std::string(depth, ' ') + text); }

    void add_comment(std::size_t depth, const std::string& text) { add(depth, "# " + comment_text(text)); }

    void add_watermark() {
        const WatermarkGuess* best = stream_.watermark();
        if (best == nullptr) return add_no_watermark();
        const std::string& column = best->column->name;
        add(2, fmt::format("watermark: {{column: {}}}{}", yaml_literal(column), note(best->why)));
        if (!best->indexed) {
            std::vector<std::string> columns{column};
            std::ranges::copy(stream_.key.columns, std::back_inserter(columns));
            if (!stream_.table->is_view)
                add_comment(2, "each poll reads the whole table for want of an index: " +
                                   index_form_.make(stream_.table->spelled(), columns));
        }
        if (best->may_stay_empty()) {
            add_comment(2, "rows that are never stamped are found by reading all again:");
            add(2, "sweep: {every: 24h}");
        }
        add_other_watermarks(1);
        add(2, "every: 10s");
    }

    void add_no_watermark() {
        add_comment(2, "no watermark: no column says when a row changed, so the whole table is read and compared");
        add_other_watermarks(0);
        const auto& rows = stream_.table->rows;
        const std::int64_t count = rows ? rows->count : many_rows;
        add(2, fmt::format("every: {}", count <= few_rows ? "1m" : count <= many_rows ? "15m" : "6h"));
    }

    void add_other_watermarks(std::size_t from) {
        for (std::size_t i = from; i < stream_.watermarks.size(); ++i) {
            const WatermarkGuess& guess = stream_.watermarks[i];
            add_comment(2, fmt::format("{} ({}) {}", guess.column->name, guess.why,
                                       guess.says_changes ? "would be another watermark"
                                                          : "would do if each update moved it, not only the insert"));
        }
    }

    void add_include(const LinesGuess& lines) {
        std::vector<std::string> on, columns;
        for (const auto& [child, parent] : lines.on) {
            on.push_back(yaml_text(child) + ": " + yaml_literal(parent));
            columns.push_back(child);
        }
        add(2, "include:");
        const std::string watermark =
            lines.watermark ? fmt::format(", watermark: {{column: {}}}", yaml_literal(lines.watermark->column->name))
                            : "";
        add(4, fmt::format("{}: {{table: {}, on: {{{}}}, key: {}{}}}   # {}", lines.name,
                           yaml_literal(lines.table->spelled()), fmt::join(on, ", "), yaml_list(lines.key), watermark,
                           comment_text(table_summary(*lines.table))));
        for (const std::string& each : lines.notes) add_comment(4, each);
        if (lines.unindexed)
            add_comment(4, "each page reads the whole child table for want of an index: " +
                               index_form_.make(lines.table->spelled(), columns));
        add_watermark_of_lines(lines, columns);
    }

    void add_watermark_of_lines(const LinesGuess& lines, std::vector<std::string> on) {
        if (!lines.watermark) {
            if (stream_.watermark() != nullptr)
                add_comment(4,
                            "these have no watermark: one that changes alone is seen when its parent changes, or by "
                            "`sweep: {every: 24h}`");
            return;
        }
        add_comment(4, fmt::format("{}: {}", lines.watermark->column->name, lines.watermark->why));
        on.insert(on.begin(), lines.watermark->column->name);
        if (!lines.watermark->indexed)
            add_comment(4, "each poll reads the whole child table for want of an index: " +
                               index_form_.make(lines.table->spelled(), on));
    }

    Money money(const Content& content) const {
        return {.source_has_currency = !settings_.currency.empty(),
                .currency = content.currency == nullptr ? "" : yaml_column(content.currency->name)};
    }

    Money money_of_lines(const Content& lines) const {
        Money money = this->money(lines);
        if (lines.currency == nullptr && stream_.content.currency != nullptr)
            money.currency = "^" + yaml_column(stream_.content.currency->name);
        return money;
    }

    void add_fields() {
        if (stream_.key_is_number)
            add(4,
                fmt::format("{}: {}   # no column looks like the number people use: the key stands in",
                            stream_.entity == "product" ? "sku" : "number", yaml_column(stream_.key.columns.front())));
        for (const std::string& line : write_fields(stream_.entity, stream_.content, money(stream_.content)))
            add(4, line);
        if (stream_.lines) {
            const Content& lines = stream_.lines->content;
            add(4, "lines:");
            add(6, "each: " + stream_.lines->name);
            add(6, "fields:");
            for (const std::string& line : write_fields("line", lines, money_of_lines(lines))) add(8, line);
            add_unused(8, lines.unused);
        }
        add_unused(4, stream_.content.unused);
    }

    /// `attributes` takes them; which of them anybody wants, and may have, nobody can guess.
    void add_unused(std::size_t depth, const std::vector<std::string>& columns) {
        constexpr std::size_t most = 60;
        std::string line;
        const auto flush = [&] {
            if (!line.empty()) add(depth, line);
            line.clear();
        };
        for (const std::string& column : columns | std::views::take(most)) {
            const std::string word = comment_text(yaml_column(column));
            if (line.size() + word.size() + depth + source_depth > longest_line) flush();
            line += line.empty() ? "# without a field: " + word : ", " + word;
        }
        flush();
        if (columns.size() > most) add_comment(depth, fmt::format("and {} more", columns.size() - most));
    }

    const FileSettings& settings_;
    const table::IndexForm& index_form_;
    const StreamGuess& stream_;
    std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> write_stream(const FileSettings& settings, const table::IndexForm& index_form,
                                      const StreamGuess& stream) {
    return StreamText(settings, index_form, stream).write();
}

}  // namespace tributary::discovery
