#pragma once

#include <rapidjson/document.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "connectors/kit/http/connection.hpp"

namespace tributary::erpnext::test {

/// The lab's stub of ERPNext (tests/lab/erpnext) as a process of its own, which ends with this object, and a user who
/// writes into it. Tests run in the checkout's root. A call that is refused fails the test.
class LabSite {
  public:
    /// `orders` rows are there, made as the stub makes them; 0: none but a company, a warehouse, customers and items.
    explicit LabSite(int orders = 0, const std::string& zone = "Europe/Berlin");
    ~LabSite();
    LabSite(const LabSite&) = delete;
    LabSite& operator=(const LabSite&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// A source's YAML: `user` is `sync`, `sales`, `limited`, `low` or `norole`.
    std::string source(const std::string& user = "sync") const;

    /// A crash, and the same again with what was committed.
    void cut();
    void restore();

    using Json = rapidjson::Document;
    /// `data` or `message` of the answer.
    Json call(const std::string& method, const std::string& path, const std::string& body = {});
    /// The same over a connection of its own, for a thread beside the test's; says whether it went well.
    bool quietly(const std::string& method, const std::string& path, const std::string& body) const;
    /// Returns the name.
    std::string create(const std::string& doctype, const std::string& json);
    Json document(const std::string& doctype, const std::string& name);
    void change(const std::string& doctype, const std::string& name, const std::string& json);
    void remove(const std::string& doctype, const std::string& name);
    Json method(const std::string& name, const std::string& json) { return call("POST", "/api/method/" + name, json); }
    void rename(const std::string& doctype, const std::string& from, const std::string& to, bool merge = false);
    void submit(const std::string& doctype, const std::string& name);
    void cancel(const std::string& doctype, const std::string& name);

    /// The site's clock, UTC; empty: the real one again.
    void clock(const std::string& at, bool frozen = false);
    void job(const std::string& name) { call("POST", "/lab/jobs/" + name, "{}"); }
    void refuse(int status, int times);
    /// What is called from here on until `commit` is one transaction, stamped now.
    void begin();
    void commit();
    /// The same of one that goes on while others work.
    std::string hold();
    /// When the last of them began, UTC: what it stamps.
    const std::string& started() const { return started_; }
    void commit(const std::string& transaction) { call("POST", "/lab/transactions/" + transaction + "/commit", "{}"); }

    /// Calls made by `work` run in a held transaction.
    template <typename Work>
    void within(const std::string& transaction, const Work& work) {
        held_ = transaction;
        work();
        held_.clear();
    }

  private:
    void start();
    void stop();

    std::string folder_;
    std::string zone_;
    int orders_ = 0;
    int port_ = 0;
    pid_t process_ = 0;
    std::unique_ptr<http::Service> service_;
    std::unique_ptr<http::Connection> connection_;
    std::string held_;
    std::string started_;
};

}  // namespace tributary::erpnext::test
