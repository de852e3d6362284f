#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace tributary {

/// What the caller does about a failure. Every error answers this question (docs/architecture.md, "Errors").
enum class Verdict : std::uint8_t {
    retry,   ///< The same call may succeed later: back off and try again.
    reject,  ///< This row, message or request is bad; everything else goes on.
    stop,    ///< Trying again cannot help: configuration, rights, a fenced instance.
};

/// A failure of something outside (source, broker, disk, configuration). `what` says what, where and what to do;
/// it never holds a secret or the content of a row.
struct Error {
    Verdict verdict = Verdict::retry;
    std::string code;  ///< Short and stable, `lower_snake_case`: label in metrics and JSON logs.
    std::string what;
    std::int64_t retry_after = 0;  ///< Microseconds the source asked to be left alone for; 0: it did not.
};

template <typename T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Verdict verdict, std::string code, std::string what) {
    return std::unexpected(Error{verdict, std::move(code), std::move(what)});
}

}  // namespace tributary
