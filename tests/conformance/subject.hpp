#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/connector/connector.hpp"

namespace tributary::conformance {

/// What stands in a configuration for one source: YAML maps, read against the connector's options.
struct Configuration {
    std::string source;
    std::vector<std::pair<std::string, std::string>> streams;  ///< Name and map of each.
    std::string time_zone = {};                                ///< Of naive watermarks; empty: none declared.
};

/// A configuration that passes lint and cannot work, and what the first pull says to it.
struct Refused {
    std::string why;
    Configuration configuration;
    Verdict verdict = Verdict::stop;
};

/// How a write is stamped, where the source stamps rows.
enum class Stamp {
    next,  ///< Later than every row before, as far as the stamp's precision goes.
    same,  ///< Like the last row, as far as a writer of this source can do that.
};

/// Text of each row by the row's key (`key_text`, parts joined by `/`).
using Rows = std::map<std::string, std::string>;

/// A source of its own and the hand that writes into it: what a connector gives to the conformance suite.
///
/// Each one starts with streams that are there and empty. Rows have a key and, in `text_column`, a text. What a source
/// cannot do returns false and is not asked for. Used by one thread at a time, but a pull may run in another meanwhile.
class Subject {
  public:
    virtual ~Subject() = default;
    virtual const Connector& connector() const = 0;
    virtual Configuration configuration() const = 0;
    virtual std::string text_column() const = 0;

    /// New rows, committed together; the source or the subject draws their keys.
    virtual void insert(std::string_view stream, std::span<const std::string> texts, Stamp stamp) = 0;
    /// What the source holds now.
    virtual Rows rows(std::string_view stream) = 0;

    virtual bool update(std::string_view /*stream*/, const std::string& /*key*/, const std::string& /*text*/) {
        return false;
    }
    /// Only where the connector tells a delete by itself or lists its keys.
    virtual bool remove(std::string_view /*stream*/, const std::string& /*key*/) { return false; }
    /// Deletes every row at once.
    virtual bool truncate(std::string_view /*stream*/) { return false; }
    /// Changes the row but not its text, so that the source has no reason to repeat the text.
    virtual bool touch(std::string_view /*stream*/, const std::string& /*key*/) { return false; }

    /// Makes the source unreachable, with open connections cut, until `restore`.
    virtual bool cut() { return false; }
    virtual void restore() {}

    /// What was given to the connector and must never be seen again.
    virtual std::vector<std::string> secrets() const { return {}; }
    virtual std::vector<Refused> refused() const { return {}; }
    /// A configuration whose first pull never ends by itself; no streams: there is none.
    virtual Configuration endless() const { return {}; }
};

/// Makes a fresh subject; each check takes several.
using MakeSubject = std::function<std::shared_ptr<Subject>()>;

}  // namespace tributary::conformance
