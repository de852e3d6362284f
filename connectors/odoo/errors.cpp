#include "connectors/odoo/errors.hpp"

#include <fmt/format.h>

#include <array>

#include "connectors/kit/http/json_decoder.hpp"
#include "core/model/time.hpp"
#include "core/model/times.hpp"

namespace tributary::odoo {
namespace {

constexpr std::int64_t patience_with_credentials = 60 * micros_per_second;
constexpr std::size_t most_message = 300;

struct Meaning {
    std::string_view name;  ///< Or the beginning of one.
    Verdict verdict;
    std::string_view code;
    std::string_view hint;
};

/// facts/odoo, "Errors": names as captured from 19.0.
constexpr std::array meanings{
    Meaning{"odoo.exceptions.AccessDenied", Verdict::retry, "bad_credentials", "user, password or API key are wrong"},
    Meaning{"werkzeug.exceptions.Unauthorized", Verdict::retry, "bad_credentials", "the API key is not taken"},
    Meaning{"odoo.exceptions.AccessError", Verdict::stop, "no_right",
            "give the API user the right to read it (README, \"The API user\")"},
    Meaning{"odoo.exceptions.MissingError", Verdict::retry, "row_gone", "a record went while it was read"},
    Meaning{"odoo.exceptions.", Verdict::stop, "refused", ""},
    Meaning{"odoo.http.SessionExpired", Verdict::retry, "bad_credentials", "the session ended"},
    Meaning{"werkzeug.exceptions.NotFound", Verdict::stop, "not_found", "is the module that brings it installed?"},
    Meaning{"werkzeug.exceptions.", Verdict::stop, "bad_request", ""},
    Meaning{"builtins.AttributeError", Verdict::stop, "not_found", ""},
    Meaning{"builtins.ValueError", Verdict::stop, "undefined_column",
            "field names differ between versions and installed modules: see `tributary lint --online`"},
    Meaning{"builtins.KeyError", Verdict::stop, "undefined_column", ""},
    Meaning{"builtins.TypeError", Verdict::stop, "bad_request", ""},
    Meaning{"psycopg2.", Verdict::retry, "server_failed", "its database could not do it now"},
};

/// Of a name that is not in the table: something in the server broke, which may pass.
constexpr Meaning unknown{"", Verdict::retry, "server_failed", ""};

const Meaning& meaning_of(std::string_view name) {
    for (const Meaning& meaning : meanings)
        if (name.starts_with(meaning.name)) return meaning;
    return unknown;
}

/// On one line, and not all of it: some hold what somebody typed.
std::string shortened(std::string_view message) {
    std::string line;
    for (const char c : message) {
        const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        if (line.size() >= most_message && begins) return line + "…";
        const bool blank = c == '\n' || c == '\t' || c == ' ';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

/// "Object res.nope doesn't exist" comes as a UserError, in the language of the user.
bool says_no_model(const Failure& failure, std::string_view model) {
    return failure.name == "odoo.exceptions.UserError" && !model.empty() && failure.message.contains(model);
}

/// PostgreSQL's words name the database's host: they are not repeated. A database that is down sounds like one that is
/// not there, unless its name is said not to exist.
Error without_database(const Failure& failure, std::string_view what, std::string_view database) {
    const bool missing = failure.message.contains("\"" + std::string(database) + "\" does not exist");
    return {missing ? Verdict::stop : Verdict::retry, missing ? "no_database" : "server_failed",
            fmt::format("{}: the server cannot open the database '{}'{}", what, database,
                        missing ? ": it does not exist" : "; is it there, and is it up?")};
}

}  // namespace

Failure failure_in(const Value& body, int status) {
    const auto text_at = [&](std::initializer_list<std::string_view> path) {
        return std::string(http::text_in(body, path));
    };
    if (const std::string name = text_at({"error", "data", "name"}); !name.empty())
        return {name, text_at({"error", "data", "message"}), status};
    if (const std::string message = text_at({"error", "message"}); !message.empty()) return {"", message, status};
    return {text_at({"name"}), text_at({"message"}), status};
}

Error judge(const Failure& failure, std::string_view what, std::string_view model, std::string_view database) {
    if (failure.name == "psycopg2.OperationalError") return without_database(failure, what, database);
    const std::string said =
        failure.name + (failure.name.empty() || failure.message.empty() ? "" : ": ") + shortened(failure.message);
    const std::string of_model = model.empty() ? "" : fmt::format(" for {}", model);
    if (says_no_model(failure, model))
        return {Verdict::stop, "not_found",
                fmt::format("{} failed{}: {} (is the module that brings it installed?)", what, of_model, said)};
    const Meaning& meaning = meaning_of(failure.name);
    if (meaning.code == "bad_credentials") return bad_credentials(fmt::format("{}: {}", what, said));
    const std::string hint = meaning.hint.empty() ? "" : fmt::format(" ({})", meaning.hint);
    return {meaning.verdict, std::string(meaning.code), fmt::format("{} failed{}: {}{}", what, of_model, said, hint)};
}

Error bad_credentials(std::string what) {
    return {Verdict::retry, "bad_credentials", std::move(what), patience_with_credentials};
}

}  // namespace tributary::odoo
