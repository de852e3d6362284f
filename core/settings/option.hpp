#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary {

enum class OptionType : std::uint8_t {
    text,
    integer,
    boolean,
    duration,  ///< `250ms`, `10s`, `5m`, `1h`, `7d`
    bytes,     ///< `64KB`, `8MB`, a plain number
    choice,    ///< one of `choices`
    texts,     ///< a list of text; one bare scalar stands for a list of one
    section,   ///< a map with the options in `fields`
    sections,  ///< a map of names to such maps
    any,       ///< read by whoever declared it (a mapping, librdkafka's properties)
};

/// An option, declared once: parsing, lint, JSON Schema, `describe` and the docs table all come from this.
struct Option {
    std::string_view name;
    OptionType type = OptionType::text;
    std::string_view help;           ///< One line, starts with a capital, ends with a full stop.
    std::string_view fallback = {};  ///< The default as a user would spell it (a list as `[a, b]`); empty: none.
    bool required = false;
    bool secret = false;
    std::int64_t at_least = INT64_MIN;  ///< integer; bytes; duration in milliseconds
    std::int64_t at_most = INT64_MAX;
    std::span<const std::string_view> choices = {};
    std::span<const Option> fields = {};
    std::string_view example = {};
    bool defines_rows = false;      ///< Another value makes other rows of a stream: what was read is read again.
    std::string_view not_yet = {};  ///< Not empty: accepted by the grammar, refused by lint with "not yet: <this>".
};

/// The values of a map read against its declared options; defaults are filled in.
/// Accessors may only name declared options (asserted); of a missing optional one the value is empty.
class Settings {
  public:
    Settings() = default;

    bool has(std::string_view name) const;  ///< Written by the user (defaults do not count).
    std::string text(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const;  ///< Also bytes.
    bool boolean(std::string_view name) const;
    std::optional<std::chrono::milliseconds> duration(std::string_view name) const;
    std::vector<std::string> texts(std::string_view name) const;
    const Node* node(std::string_view name) const;  ///< As written, for `any` and for places; nullptr when absent.
    Settings section(std::string_view name) const;  ///< Options of a nested section; defaults when it is absent.
    std::vector<std::pair<std::string, Settings>> sections(std::string_view name) const;
    /// What must not show of the options declared secret (`secrets_of` of each); for the log's redaction.
    std::vector<std::string> secret_values() const;
    Place place(std::string_view name) const;  ///< Of the value, else of the map.
    Place place() const { return place_; }

  private:
    friend Settings read_settings(const Node&, std::span<const Option>, Diagnostics&, std::string_view);
    const Option* declared(std::string_view name) const;

    std::span<const Option> options_ = {};
    const Node* map_ = nullptr;  ///< Lives as long as the loaded configuration.
    Place place_;
};

/// Checks `map` against `options`: unknown keys (with a suggestion), wrong types, bounds, missing required ones,
/// options that are not there yet. `of` names the thing in messages ("a postgres source"). Keys in `map` that belong to
/// somebody else must be filtered by passing the union of the options.
Settings read_settings(const Node& map, std::span<const Option> options, Diagnostics& diagnostics, std::string_view of);

/// What must not show of a secret value: the texts in it, the passwords in those that are connection strings, and the
/// values of its `${VAR}`. Beside a written password only the variables that are part of it are secret: host, port and
/// user of a connection string are what an operator has to read.
std::vector<std::string> secrets_of(const Node& value);

/// `1500ms`, `10s`, `5m`, `1h`, `7d`, `0`; never negative.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// `1024`, `64KB`, `8MB`, `1GB` (powers of 1024).
std::optional<std::int64_t> parse_bytes(std::string_view text);

}  // namespace tributary
