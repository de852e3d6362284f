#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kit/http/connection.hpp"

namespace tributary::http {

/// One libcurl transfer at a time, driven by whoever waits for it: while nobody asks for more of an answer, nothing is
/// read from the socket, so that memory does not depend on the answer's size.
struct Connection::Transfer {
    explicit Transfer(const ClientSettings& client);
    ~Transfer();

    /// `own`: to the source itself, so that credentials go with it.
    void begin(const Request& request, const Url& to, bool own, const std::vector<Header>& signature);
    /// Until the head is there, later until some of the body is, or it is over. False: stopped, or `failure`.
    bool drive(const std::stop_token& stop);
    Error failure() const;
    /// A proxy forwards what is not encrypted and makes connections; into them it cannot look.
    bool may_be_the_proxys() const { return status == 0 || url.starts_with("http://"); }
    void close();
    /// Closes and ends the connections that are kept, and their TLS sessions.
    void forget();

    std::int64_t clock() const;
    std::int64_t retry_after() const;  ///< Seconds; 0: the answer does not say.
    double seconds() const;            ///< From the request to the head.

    Gate::Pass pass;
    std::string method;  ///< Of the last request, as its path and url.
    std::string path;
    std::string url;
    std::string proxy_note;  ///< Which proxy may have a part in what goes wrong; empty: none.
    int status = 0;
    std::vector<Header> headers;
    std::string beginning;  ///< Of the body.
    std::string body;       ///< Received, not yet asked for.
    std::string give;       ///< What `read` gave last.
    bool going = false;

  private:
    struct Cleanup {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    struct CleanupMulti {  // both handles are void
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };
    using Headers = std::unique_ptr<curl_slist, Cleanup>;
    using Steady = std::chrono::steady_clock;

    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    bool take_header(std::string_view line);
    bool take_body(std::string_view bytes);
    bool refuse(Verdict verdict, std::string code, std::string what);
    void set_connection();
    void set_credentials(const Request& request, bool own);
    void set_headers(const Request& request, bool own, const std::vector<Header>& signature);
    void add_header(const Header& header);
    bool ready() const { return !going || (head_told_ ? !body.empty() : head_); }
    bool finish_what_is_done();
    template <typename T>
    void set(CURLoption option, T value) {
        const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
        if (code != CURLE_OK && result_ == CURLE_OK) result_ = code;
    }

    const ClientSettings& client_;
    std::unique_ptr<CURLM, CleanupMulti> multi_;  ///< Keeps the connection; outlives the handle that uses it.
    std::unique_ptr<CURL, Cleanup> easy_;
    Headers sent_headers_;
    char why_[CURL_ERROR_SIZE] = {};
    CURLcode result_ = CURLE_OK;
    std::optional<Error> refused_;  ///< Why we ended it ourselves.
    bool head_ = false;
    bool head_told_ = false;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    Steady::time_point begun_{};
    Steady::time_point headed_{};
};

}  // namespace tributary::http
