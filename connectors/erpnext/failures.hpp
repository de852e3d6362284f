#pragma once

#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary::erpnext {

/// What a refusal of Frappe's says (captured from 15.44: errors.json). `exception` and `exc` hold paths, SQL and data:
/// they are looked at and never shown, and a site may leave them out.
struct Failure {
    int status = 0;
    std::string kind = {};        ///< `exc_type`; empty: the answer was not Frappe's own.
    std::string message = {};     ///< For people, in the user's language, on one line, without HTML; may be empty.
    bool unknown_column = false;  ///< The database does not know a column: MariaDB's error 1054.
};

/// Without tags, and with the entities Frappe writes as what they stand for.
std::string plain_text(std::string_view html);

/// `body` need not be whole, nor JSON.
Failure read_failure(int status, std::string_view body);

/// What it means to a reader. `about`: who was asked for what. A 500 may be for good: what the database or Python says
/// about the question itself stops, everything else may pass.
///
///     403 no_right   404 not_found   417 DataError undefined_column, else bad_request   400, 409 bad_request
///     500 server_failed (retry), or bad_request where the question was at fault
Error judge(const Failure& failure, const std::string& about);

}  // namespace tributary::erpnext
