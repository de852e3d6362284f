#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/publish/envelope.hpp"
#include "core/publish/topics.hpp"
#include "core/runtime/preparation.hpp"

namespace tributary {

/// Shows what would be published: for people, or a JSON object per line with topic, key, headers and value.
class DryRunPrinter {
  public:
    struct Setup {
        bool json = false;
        bool colour = false;
        std::uint64_t most = 5;  ///< Events, and rejects, of each stream.
    };
    DryRunPrinter(Setup setup, const TopicTable& topics, std::string_view instance)
        : setup_(setup), topics_(topics), headers_(instance) {}

    /// In the order they would be published, as many of each stream as are wanted.
    void show(const Prepared& prepared);
    void rows(const StreamInfo& stream, std::size_t count) { counts_[&stream].rows += count; }
    /// Enough was seen of the stream.
    bool full(const StreamInfo& stream) { return enough(counts_[&stream]); }
    /// `more`: the stream has rows that were not read.
    void summary(const StreamInfo& stream, bool more);

  private:
    struct Counts {
        std::uint64_t rows = 0;
        std::uint64_t events = 0;
        std::uint64_t rejects = 0;
    };
    bool enough(const Counts& counts) const { return counts.events >= setup_.most || counts.rejects >= setup_.most; }
    void event(const Outgoing& message, std::string_view body, const EventView& event);
    void reject(const Outgoing& message, std::string_view body);
    void line(const Outgoing& message, std::string_view body, std::span<const Header> headers);

    Setup setup_;
    const TopicTable& topics_;
    HeaderWriter headers_;
    std::uint64_t index_ = 0;
    std::map<const StreamInfo*, Counts> counts_;
};

}  // namespace tributary
