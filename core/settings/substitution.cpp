#include "core/settings/substitution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <expected>
#include <iterator>
#include <utility>

#include "core/settings/text_file.hpp"
#include "core/settings/utf8.hpp"
#include "core/settings/written_password.hpp"

namespace tributary {
namespace {

using Outcome = std::expected<std::string, std::string>;

bool is_variable_name(std::string_view name) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    constexpr std::string_view others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return !name.empty() && letters.contains(name[0]) && name.find_first_not_of(others) == std::string_view::npos;
}

Outcome readable(std::string value, std::string_view origin) {
    if (const auto bad = first_unreadable(value)) return std::unexpected(fmt::format("{} holds {}", origin, bad->what));
    return value;
}

class Substitution {
  public:
    Substitution(const SubstitutionSources& sources, std::size_t most_bytes)
        : sources_(sources), most_bytes_(most_bytes) {}

    /// copy up to the next `${`; `$${` is copied as `${`; else look up what stands before the next `}`
    Substituted run(std::string_view scalar) {
        std::size_t at = 0;
        while (!full_) {
            const std::size_t dollar = scalar.find("${", at);
            if (dollar == std::string_view::npos) break;
            const bool literal = dollar > at && scalar[dollar - 1] == '$';
            append(scalar.substr(at, dollar - at - (literal ? 1 : 0)));
            if (literal) append("${");
            at = literal ? dollar + 2 : reference(scalar, dollar);
        }
        append(scalar.substr(std::min(at, scalar.size())));
        return std::move(out_);
    }

  private:
    /// Returns where to read on.
    std::size_t reference(std::string_view scalar, std::size_t dollar) {
        const std::size_t end = scalar.find('}', dollar);
        if (end == std::string_view::npos) {
            malformed();
            return scalar.size();
        }
        const std::string_view inner = scalar.substr(dollar + 2, end - dollar - 2);
        if (inner.contains("${")) {
            error("a reference inside of a reference: a default is plain text");
            return scalar.size();
        }
        if (inner.starts_with("file:"))
            from_file(inner.substr(5));
        else
            from_environment(inner);
        return end + 1;
    }

    void from_file(std::string_view path) {
        if (path.empty()) return malformed();
        Outcome content = read_text_file(sources_.directory / path, most_secret_bytes);
        if (!content) return error(content.error());
        if (content->ends_with('\n')) content->pop_back();
        if (content->ends_with('\r')) content->pop_back();
        secret(readable(std::move(*content), fmt::format("file '{}'", shortened(path, 200))));
    }

    void from_environment(std::string_view inner) {
        const std::size_t colon = inner.find(':');
        const std::string_view name = inner.substr(0, colon);
        if (!is_variable_name(name)) return malformed();
        if (auto value = sources_.environment(name))
            variable(readable(std::move(*value), fmt::format("variable '{}'", shortened(name, 80))));
        else if (colon != std::string_view::npos)
            append(inner.substr(colon + 1));
        else
            error(fmt::format("undefined variable '{0}': set it, or give a default as in ${{{0}:default}}",
                              shortened(name, 80)));
    }

    void secret(Outcome value) {
        if (!value) return error(value.error());
        append(*value);
        out_.secret = true;
        std::ranges::move(passwords_in(*value), std::back_inserter(out_.secrets));
        out_.secrets.push_back(std::move(*value));
    }

    void variable(Outcome value) {
        if (!value) return error(value.error());
        append(*value);
        out_.variables.push_back(std::move(*value));
    }

    void append(std::string_view part) {
        if (out_.text.size() + part.size() <= most_bytes_)
            out_.text += part;
        else if (!std::exchange(full_, true))
            error("too much text after substitution");
    }

    void malformed() { error("expected ${VAR}, ${VAR:default} or ${file:PATH} (a literal ${ is written as $${)"); }
    void error(std::string message) { out_.errors.push_back(std::move(message)); }

    const SubstitutionSources& sources_;
    std::size_t most_bytes_;
    Substituted out_;
    bool full_ = false;
};

}  // namespace

Substituted substitute(std::string_view scalar, const SubstitutionSources& sources, std::size_t most_bytes) {
    return Substitution(sources, most_bytes).run(scalar);
}

Environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
}

}  // namespace tributary
