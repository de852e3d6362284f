#include "core/connector/connector.hpp"

namespace tributary {

Result<std::vector<KeyVersion>> Feed::keys(std::uint32_t, std::string_view, std::size_t, std::stop_token) {
    return fail(Verdict::stop, "not_offered", "this connector cannot list keys");
}

Result<Batch> Feed::fetch(std::uint32_t, std::span<const std::vector<std::string>>, std::stop_token) {
    return fail(Verdict::stop, "not_offered", "this connector cannot fetch rows by key");
}

Result<Batch> Feed::search(std::uint32_t, const Sought&, const Position&, const Limits&, std::stop_token) {
    return fail(Verdict::stop, "not_offered", "this connector cannot search rows by their values");
}

Result<std::vector<Finding>> Feed::check(std::uint32_t, std::span<const std::string>, std::stop_token) {
    return std::vector<Finding>{};
}

}  // namespace tributary
