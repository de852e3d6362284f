#include "core/runtime/reset_requests.hpp"

#include <fmt/format.h>

#include <sstream>

namespace tributary {

namespace {

constexpr std::string_view kind = "reset";
constexpr std::string_view republish_word = "republish";

}  // namespace

Result<> ResetRequests::ask(std::string_view stream, const ResetRequest& request) const {
    return files_.write(
        stream, kind,
        fmt::format("{}{}{}", request.asked_at, request.republish ? " " : "", request.republish ? republish_word : ""));
}

std::optional<ResetRequest> ResetRequests::asked(std::string_view stream) const {
    std::istringstream in(files_.read(stream, kind).value_or(""));
    ResetRequest request;
    if (!(in >> request.asked_at)) return std::nullopt;
    std::string word;
    in >> word;
    request.republish = word == republish_word;
    return request;
}

void ResetRequests::done(std::string_view stream) const { files_.remove(stream, kind); }

}  // namespace tributary
