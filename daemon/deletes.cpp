#include <fmt/format.h>

#include <algorithm>

#include "core/comparison/notes.hpp"
#include "core/settings/option.hpp"
#include "daemon/commands.hpp"
#include "daemon/load.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

std::vector<std::string> streams_of(const Configuration& configuration) {
    std::vector<std::string> names;
    for (const auto& source : configuration.sources)
        for (const auto& stream : source.streams) names.push_back(fmt::format("{}/{}", source.name, stream.name));
    return names;
}

int list(const std::vector<std::string>& streams, const ComparisonNotes& notes) {
    bool any = false;
    for (const std::string& stream : streams) {
        const auto held = notes.held(stream);
        if (!held) continue;
        any = true;
        fmt::print("{}: {} of {} known rows are gone and held{}\n", stream, held->missing, held->known,
                   notes.confirmed(stream) ? ", confirmed: they go with the next comparison" : "");
    }
    if (!any) fmt::print("no deletes are held\n");
    return 0;
}

int confirm(const std::vector<std::string>& streams, const std::string& stream, const ComparisonNotes& notes) {
    if (std::ranges::find(streams, stream) == streams.end()) {
        const std::vector<std::string_view> candidates(streams.begin(), streams.end());
        complain(fmt::format("there is no stream '{}'{}", stream, did_you_mean(stream, candidates)));
        return exit_usage;
    }
    const auto held = notes.held(stream);
    if (!held) {
        complain(fmt::format("no deletes of {} are held", stream));
        return exit_check_failed;
    }
    if (auto done = notes.confirm(stream, held->missing); !done) {
        complain(done.error().what);
        return exit_check_failed;
    }
    fmt::print("{}: {} deletes may go. A running daemon compares again at once, another when it starts\n", stream,
               held->missing);
    return 0;
}

}  // namespace

int deletes_command(const DeletesOptions& options) {
    const auto configuration = load_configuration(options.configuration);
    if (!configuration) return exit_refused;
    if (configuration->kafka.embedded) {
        complain("with `brokers: embedded` the state belongs to the running process alone: nothing can be confirmed");
        return exit_refused;
    }
    const ComparisonNotes notes(configuration->state_directory);
    const auto streams = streams_of(*configuration);
    if (options.action == "list") return list(streams, notes);
    if (options.stream.empty()) {
        complain("which stream? `tributary deletes list` names those that wait");
        return exit_usage;
    }
    return confirm(streams, options.stream, notes);
}

}  // namespace tributary
