#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "connectors/kit/http/tests/list_server.hpp"
#include "connectors/odata/edm.hpp"

namespace tributary::odata::test {

/// A value of a row: a number (stamps are microseconds), or a text.
using Field = std::variant<std::int64_t, std::string>;
using Fields = std::map<std::string, Field>;

/// A stub, not an OData server: one service in memory with the sets `item` and `part`, as version 2, 3 or 4.
/// Understands the `$filter` that keysets, bounds and keys make of comparisons, `and`, `or`; gives at most `page` rows
/// at a time and says where the rest is by a link to a host that is not there, as servers behind a proxy do.
///
/// Version 2 and 4: id (Int64), text, changed. Version 3 is 1C's way: Ref_Key, DataVersion, text, and `part` as a
/// virtual table, `Stock/Balance()`.
///
/// Once it tracks, what is read whole ends with a delta link, and what stands behind one is what changed meanwhile, in
/// pages as well.
class ODataService {
  public:
    ODataService(Version version, std::size_t page);

    std::string url() const { return server_.url() + "/srv"; }
    void put(const std::string& set, std::int64_t key, const std::string& text, std::int64_t stamp);
    void remove(const std::string& set, std::int64_t key);
    void clear(const std::string& set);
    /// By key, as the connector shows it.
    std::map<std::string, std::string> texts(const std::string& set);
    std::string key_text(std::int64_t key) const;
    void track();
    /// No link that was given so far is good any longer: 410.
    void expire();
    void cut() { server_.cut(); }
    void restore() { server_.restore(); }
    /// What was asked for since the last call, decoded: path and `$filter`.
    std::vector<std::string> asked();

  private:
    using Reply = http::test::ListServer::Reply;
    using Query = http::test::ListServer::Query;

    Reply answer(const std::string& path, const Query& query);
    Reply rows(const std::string& set, bool whole, const Query& query);
    Reply changes(const std::string& set, const Query& query);
    Reply list(const std::string& rows, const std::string& next, const std::string& delta) const;
    std::string gone(const std::string& set, const Field& key) const;
    std::string metadata() const;
    std::string json(const Fields& row) const;

    Version version_;
    std::size_t page_;
    std::mutex mutex_;
    std::map<std::string, std::map<Field, Fields>> sets_;
    std::int64_t versions_ = 0;
    bool tracks_ = false;
    std::size_t expired_ = 0;                              ///< Of the log: older links are not good.
    std::vector<std::pair<std::string, Field>> log_ = {};  ///< What changed: set and key.
    std::vector<std::string> asked_;
    http::test::ListServer server_;
};

}  // namespace tributary::odata::test
