#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "core/runtime/entities.hpp"
#include "core/runtime/lookup.hpp"
#include "core/runtime/stream_table.hpp"
#include "core/settings/redact.hpp"
#include "core/store/state_directory.hpp"
#include "daemon/commands.hpp"
#include "daemon/dry_run_printer.hpp"
#include "daemon/load.hpp"
#include "daemon/online_check.hpp"
#include "daemon/stream_choice.hpp"
#include "daemon/terminal.hpp"
#include "daemon/timer.hpp"

namespace tributary {

namespace {

constexpr std::size_t least_rows = 10;
constexpr std::size_t most_rows = 10'000;

/// Pulls, maps and compares as the daemon would at its very first start, against a throw-away cache.
class DryRun {
  public:
    DryRun(Configuration& configuration, const DryRunOptions& options, const StreamTable& table, Store& store,
           const TopicTable& topics)
        : configuration_(configuration),
          options_(options),
          choice_(options.streams),
          table_(table),
          store_(store),
          preparation_(table.preparation({{topics.records(), topics.dead_letter(), topics.checkpoints()}}, store)),
          printer_({options.json, shows_colour(stdout), static_cast<std::uint64_t>(options.events)}, topics,
                   configuration.instance),
          redactor_(configuration.secrets()) {}

    /// False when a source did not answer or a definition does not fit it.
    bool run(SourceConfiguration& source) {
        const auto chosen = [&](const std::string& stream) { return choice_.has(source.name, stream); };
        const auto& feeds = source.source->feeds();
        if (std::ranges::none_of(feeds,
                                 [&](const FeedInfo& feed) { return std::ranges::any_of(feed.streams, chosen); }))
            return true;
        const Deadline deadline(std::chrono::seconds(options_.patience));
        Diagnostics diagnostics;
        OnlineCheck check(configuration_, diagnostics);
        const bool fits = check.check(source, chosen, deadline.token());
        fmt::print(stderr, "{}", diagnostics.text(shows_colour(stderr)));
        if (!fits) return false;
        if (auto loaded = load_lookups(source, deadline.token()); !loaded) return failed(source, loaded.error());
        bool good = true;
        for (std::size_t i = 0; i < feeds.size(); ++i)
            if (std::ranges::any_of(feeds[i].streams, chosen))
                good = run(source, feeds[i], *source.source->open(i), deadline.token()) && good;
        return good;
    }

  private:
    bool run(SourceConfiguration& source, const FeedInfo& info, Feed& feed, const std::stop_token& stop) {
        std::vector<const StreamInfo*> streams;
        streams.reserve(info.streams.size());
        for (const auto& name : info.streams) streams.push_back(&table_.of(source.name, name));
        const Feed::Limits limits{.rows = std::clamp<std::size_t>(options_.events, least_rows, most_rows)};
        Position position;
        bool more = true;
        bool loading = false;
        bool in_time = true;
        while (more && !std::ranges::all_of(streams, [&](const StreamInfo* s) { return done(*s); })) {
            auto batch = feed.pull(position, limits, stop);
            if (!batch && batch.error().code == "stopped") {
                complain(fmt::format("{}/{}: nothing came within {} s; --seconds gives it more time", source.name,
                                     info.name, options_.patience));
                in_time = false;
                break;
            }
            if (!batch) return failed(source, batch.error());
            // the poll that follows a load only reads the same rows again
            if (std::exchange(loading, batch->cause == Cause::load) && batch->cause != Cause::load) {
                more = false;
                break;
            }
            position = batch->next;
            more = batch->more;
            if (auto shown = show(source, info, streams, std::move(*batch)); !shown)
                return failed(source, shown.error());
        }
        for (const StreamInfo* stream : streams)
            if (choice_.has(stream->source, stream->name)) printer_.summary(*stream, more);
        return in_time;
    }

    static Result<> load_lookups(SourceConfiguration& source, const std::stop_token& stop) {
        for (std::size_t i = 0; i < source.lookups.size(); ++i) {
            const LookupConfiguration& lookup = source.lookups[i];
            if (lookup.takes.empty()) continue;
            const auto table = read_lookup(*source.source->open_lookup(i), {lookup.name, lookup.key}, stop);
            if (!table) return std::unexpected(table.error());
            for (auto& stream : source.streams) use(*table, *stream.mapping);
        }
        return {};
    }

    static void use(const std::shared_ptr<const LookupTable>& table, Mapping& mapping) {
        for (std::size_t i = 0; i < mapping.lookups().size(); ++i)
            if (mapping.lookups()[i].name == table->name()) mapping.use(i, table);
    }

    bool done(const StreamInfo& stream) { return printer_.full(stream) || !choice_.has(stream.source, stream.name); }

    Result<> show(SourceConfiguration& source, const FeedInfo& info, const std::vector<const StreamInfo*>& streams,
                  Batch batch) {
        std::vector<std::unique_ptr<Work>> work;
        Work& part = *work.emplace_back(std::make_unique<Work>());
        part.streams = streams;
        part.batch = std::move(batch);
        part.rows.reserve(part.batch.rows.size());
        for (const Row& row : part.batch.rows) {
            part.rows.push_back(source.stream(info.streams[row.stream])->mapping->map(row, part.batch.arena));
            printer_.rows(*streams[row.stream], 1);
        }
        Prepared prepared;
        if (auto done = preparation_.prepare(work, prepared); !done) return done;
        std::erase_if(prepared.messages, [&](const Outgoing& message) {
            return message.stream != nullptr && !choice_.has(message.stream->source, message.stream->name);
        });
        std::erase_if(prepared.events,
                      [&](const EventView& event) { return !choice_.has(event.stream->source, event.stream->name); });
        printer_.show(prepared);
        return write(prepared, store_);
    }

    bool failed(const SourceConfiguration& source, const Error& error) {
        complain(fmt::format("source '{}': {}", source.name, redactor_.redact(error.what)));
        return false;
    }

    Configuration& configuration_;
    const DryRunOptions& options_;
    StreamChoice choice_;
    const StreamTable& table_;
    Store& store_;
    Preparation preparation_;
    DryRunPrinter printer_;
    Redactor redactor_;
};

Result<bool> dry_run(Configuration& configuration, const DryRunOptions& options) {
    auto directory = StateDirectory::throw_away();
    if (!directory) return std::unexpected(directory.error());
    auto store = Store::open(directory->path() / "state.db", {});
    if (!store) return std::unexpected(store.error());
    auto table = StreamTable::make(configuration, stream_roles(configuration, {}), **store);
    if (!table) return std::unexpected(table.error());
    const TopicTable topics(configuration.kafka.topic_prefix, entity_names(catalogue()));
    DryRun run(configuration, options, **table, **store, topics);
    bool good = true;
    for (auto& source : configuration.sources) good = run.run(source) && good;
    return good;
}

}  // namespace

int dry_run_command(const DryRunOptions& options) {
    const auto configuration = load_configuration(options.configuration);
    if (!configuration) return exit_refused;
    if (const auto unknown = StreamChoice(options.streams).unknown(*configuration)) {
        complain(*unknown);
        return exit_usage;
    }
    const auto good = dry_run(*configuration, options);
    if (!good) complain(good.error().what);
    return good && *good ? 0 : exit_check_failed;
}

}  // namespace tributary
