#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings/substitution.hpp"

namespace tributary::http {

// `setting` is ClientSettings::proxy: nothing when the environment says it, empty for no proxy at all.

/// What is wrong with the address of a proxy, without a part of it, which may be its password.
std::optional<std::string> proxy_mistake(const std::string& address);

/// For errors: which proxy a request goes through, and who says so, without user and password. Empty: none. Whether
/// no_proxy exempts the host, curl alone knows.
std::string proxy_note(const std::optional<std::string>& setting, std::string_view scheme,
                       const Environment& environment);

/// The passwords that curl may show when it speaks of a proxy; a Service hides them.
std::vector<std::string> proxy_passwords(const std::optional<std::string>& setting, const Environment& environment);

}  // namespace tributary::http
