#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/erpnext/tests/lab_site.hpp"
#include "core/connector/connector.hpp"
#include "core/settings/yaml.hpp"

namespace tributary::erpnext::test {

/// One stream of a site, and what a consumer holds who applied all its batches.
class Follower {
  public:
    struct Setup {
        std::string options;  ///< The stream's YAML, without its braces.
        std::vector<std::string> columns;
        std::string user = "sync";
    };
    Follower(const LabSite& site, const Setup& setup);

    /// A row's columns as text; a child's are `lines[0].qty`. Null is not there.
    using Row = std::map<std::string, std::string>;
    /// By the key's parts, joined with a slash.
    std::map<std::string, Row> rows;
    std::vector<std::string> removed;  ///< Keys, in the order they went.
    std::vector<Condition> conditions = {};
    Position position;

    Result<Batch> pull(const Feed::Limits& limits = {});
    /// A pull that must succeed; false: there is nothing more.
    bool read(const Feed::Limits& limits = {});
    /// Until there is nothing more.
    void catch_up(const Feed::Limits& limits = {});
    /// Another process at the same position.
    void restart();
    Feed& feed() { return *feed_; }
    void take(const Batch& batch);
    /// All keys, by their parts.
    Result<std::vector<KeyVersion>> list();

  private:
    YamlFiles files_;
    std::vector<Node> nodes_;
    std::unique_ptr<Source> source_;
    std::unique_ptr<Feed> feed_;
};

}  // namespace tributary::erpnext::test
