#pragma once

#include "core/model/result.hpp"
#include "core/model/value.hpp"

namespace tributary::tryton {

/// What `error` of an answer with status 200 means: `[name, detail]`, the name an exception's class for those that
/// users are meant to see, else its text (trytond/protocols/dispatcher.py). At most 200 characters of it are shown.
///
///     UserError, UserWarning   stop `refused`: a right is missing, a rule was broken
///     'nosuch'                 stop `undefined_name`: a field or model that is not there
///     LoginException           retry `bad_credentials`: the log-in wants more than a password
///     RateLimitException       retry `rate_limited`
///     anything else            retry `server_failed`: a lock, a database that is away
Error judge(const Value& error);

}  // namespace tributary::tryton
