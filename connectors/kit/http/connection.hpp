#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kit/http/service.hpp"
#include "core/model/time.hpp"

namespace tributary::http {

struct Request {
    std::string method = "GET";
    std::string target = {};  ///< A path below the source's `url`, or a whole address that `Service::link` gave.
    Query query = {};
    std::vector<Header> headers = {};
    std::string body = {};
    std::string content_type = "application/json";  ///< Of the body, where there is one.
    std::string accept = "application/json";
    std::vector<int> good = {};  ///< Statuses that are no failure, beside 200 to 299.
    bool sign = true;            ///< Credentials and log-in go with it, to the source's own host alone.
    bool any_host = false;       ///< The target is from the configuration, whatever its host.
    std::optional<std::pair<std::string, std::string>> basic = {};  ///< User and password of this request alone.
};

/// The head of an answer.
struct Answer {
    int status = 0;
    std::vector<Header> headers = {};  ///< Names in lower case.
    Url url = {};                      ///< That answered, behind all redirects.
    /// The source's clock when it began to answer, at the earliest: its Date less the time the answer took.
    /// `no_time`: it did not say.
    std::int64_t clock = no_time;

    /// The first of that name; empty: none. `name` in lower case.
    std::string_view header(std::string_view name) const;
};

/// A stream's way to its source: one request at a time, over a connection that is kept. Not thread-safe. Follows
/// redirects to allowed hosts, logs in again once on 401, never retries: everything that may pass is an error `retry`.
/// A stop request ends any call within a second.
///
/// Errors name method, path, status and the beginning of the answer, without secrets; see errors.hpp.
class Connection {
  public:
    explicit Connection(Service& service);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends, and waits for the head of the answer. What is left of another answer is forgotten.
    Result<Answer> open(const Request& request, std::stop_token stop);
    /// The next bytes of the answer's body, decompressed; empty: that was all. Valid until the next call; may be
    /// written to.
    Result<std::span<char>> read(std::stop_token stop);
    /// The rest of this answer is read in a later pull: others may send meanwhile.
    void rest();
    /// Forgets the rest of an answer.
    void close();
    /// `open`, and the whole body; fails (stop, `answer_too_large`) above `most_bytes`.
    Result<std::string> text(const Request& request, std::size_t most_bytes, std::stop_token stop);

    /// The whole body of the answer that is open, the same way.
    Result<std::string> text(std::size_t most_bytes, std::stop_token stop);

    /// `GET /api/orders`: the last request, for errors; no query, which may hold secrets.
    std::string describe() const;
    /// An error about the answer: who was asked, what is wrong, how the answer began.
    Error fault(Verdict verdict, std::string code, std::string_view what) const;
    Service& service() { return service_; }

  private:
    struct Transfer;

    Result<Answer> send(const Request& request, const Url& url, const Service::Signature& signature,
                        std::stop_token stop);
    Result<void> drive(const std::stop_token& stop);
    Result<Answer> judged(const Request& request, Answer answer, std::stop_token stop);
    Result<void> read_beginning(std::stop_token stop);
    void trace(const Request& request, const Answer& answer) const;

    Service& service_;
    std::unique_ptr<Transfer> transfer_;
};

}  // namespace tributary::http
