#pragma once

#include <string>
#include <string_view>

#include "core/model/result.hpp"
#include "core/model/value.hpp"

namespace tributary::odoo {

/// What Odoo says went wrong. The status decides nothing: JSON-RPC fails with 200, JSON-2 answers 500 to the name of a
/// field that is not there.
struct Failure {
    std::string name = {};  ///< `odoo.exceptions.AccessError`
    /// In the user's language. Odoo's `debug` (a traceback with paths, sometimes data) is never looked at.
    std::string message = {};
    int status = 200;
};

/// Of JSON-RPC's `error` or JSON-2's body; a failure without a name where it is neither.
Failure failure_in(const Value& body, int status);

/// What it means to whoever made the call. `what` says who was asked: `POST /json/2/res.partner/search_read`;
/// `database` is what the configuration calls it. `model` may be empty.
Error judge(const Failure& failure, std::string_view what, std::string_view model, std::string_view database);

/// Nobody gets in with these credentials. Odoo spends a second of CPU on every attempt: not sooner than in a minute.
Error bad_credentials(std::string what);

}  // namespace tributary::odoo
