#include "connectors/kit/http/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/kit/http/errors.hpp"
#include "connectors/kit/http/proxy.hpp"

namespace tributary::http {
namespace {

constexpr std::size_t most_header_bytes = 256 * 1024;
constexpr std::size_t most_beginning = 4 * 1024;
/// Below that, small bodies of few letters compress better than any bomb has to.
constexpr std::size_t ratio_from = 1024 * 1024;
constexpr long stalled_below = 100;  ///< Bytes a second.
constexpr int poll_milliseconds = 1'000;

/// Before the first handle, once for the process.
void start_library() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)started;  // without it curl_easy_init fails, which is seen there
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return out;
}

}  // namespace

Connection::Transfer::Transfer(const ClientSettings& client) : client_(client) {
    start_library();
    forget();
}

void Connection::Transfer::forget() {
    close();
    easy_.reset();
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    if (!multi_ || !easy_) throw std::bad_alloc();
}

Connection::Transfer::~Transfer() { close(); }

void Connection::Transfer::close() {
    if (going) curl_multi_remove_handle(multi_.get(), easy_.get());
    going = false;
    pass = {};
    body.clear();
    give.clear();
}

void Connection::Transfer::begin(const Request& request, const Url& to, bool own,
                                 const std::vector<Header>& signature) {
    curl_easy_reset(easy_.get());
    result_ = CURLE_OK;
    refused_.reset();
    why_[0] = '\0';
    status = 0;
    headers.clear();
    beginning.clear();
    body.clear();
    head_ = head_told_ = false;
    header_bytes_ = body_bytes_ = 0;
    method = request.method;
    path = to.path;
    url = to.text();
    proxy_note = http::proxy_note(client_.proxy, to.scheme, process_environment());
    set_connection();
    set_credentials(request, own);
    set_headers(request, own, signature);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty() || request.method == "POST") {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    }
    begun_ = headed_ = Steady::now();
    going = result_ == CURLE_OK && curl_multi_add_handle(multi_.get(), easy_.get()) == CURLM_OK;
    if (!going && result_ == CURLE_OK) result_ = CURLE_FAILED_INIT;
}

void Connection::Transfer::set_connection() {
    set(CURLOPT_ERRORBUFFER, &why_[0]);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_ACCEPT_ENCODING, "");  // whatever it can undo: deflate, gzip, br, zstd
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(client_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(client_.timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, stalled_below);
    const auto stall = std::chrono::duration_cast<std::chrono::seconds>(client_.stall_timeout);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max<std::int64_t>(1, stall.count())));
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    if (client_.proxy) {
        set(CURLOPT_PROXY, client_.proxy->c_str());
        set(CURLOPT_NOPROXY, "");  // the environment's would apply to this proxy as well
    }
    if (!client_.tls.ca.empty()) {
        set(CURLOPT_CAINFO, client_.tls.ca.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // in place of the system's, not beside them
    }
    set(CURLOPT_SSL_VERIFYPEER, client_.tls.verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, client_.tls.verify ? 2L : 0L);
}

void Connection::Transfer::set_credentials(const Request& request, bool own) {
    if (request.basic) {
        set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        set(CURLOPT_USERNAME, request.basic->first.c_str());
        set(CURLOPT_PASSWORD, request.basic->second.c_str());
    }
    if (!own) return;
    if (!client_.tls.certificate.empty()) {
        set(CURLOPT_SSLCERT, client_.tls.certificate.c_str());
        // also an empty one: without any, OpenSSL would ask for it at the terminal, and wait
        set(CURLOPT_KEYPASSWD, client_.tls.key_password.c_str());
    }
    if (!client_.tls.key.empty()) set(CURLOPT_SSLKEY, client_.tls.key.c_str());
    if (!request.sign) return;
    if (!client_.user.empty()) {
        set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        set(CURLOPT_USERNAME, client_.user.c_str());
        set(CURLOPT_PASSWORD, client_.password.c_str());
    }
}

void Connection::Transfer::set_headers(const Request& request, bool own, const std::vector<Header>& signature) {
    sent_headers_.reset();
    add_header({"Accept", request.accept});
    add_header({"User-Agent", "tributary"});
    if (!request.body.empty()) add_header({"Content-Type", request.content_type});
    // a server that does not know of it would cost a second
    sent_headers_.reset(curl_slist_append(sent_headers_.release(), "Expect:"));
    for (const Header& header : request.headers) add_header(header);
    if (own) {
        for (const Header& header : client_.headers) add_header(header);
        if (request.sign && !client_.token.empty()) add_header({"Authorization", "Bearer " + client_.token});
        for (const Header& header : signature) add_header(header);
    }
    set(CURLOPT_HTTPHEADER, sent_headers_.get());
}

void Connection::Transfer::add_header(const Header& header) {
    // curl takes "Name:" for the wish to leave the header out
    const std::string line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
    curl_slist* const longer = curl_slist_append(sent_headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)sent_headers_.release();
    sent_headers_.reset(longer);
}

bool Connection::Transfer::drive(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
    while (!ready()) {
        if (stop.stop_requested()) {
            // a name that is being looked up would be waited for
            set(CURLOPT_QUICK_EXIT, 1L);
            return false;
        }
        int running = 0;
        if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) {
            result_ = CURLE_FAILED_INIT;
            close();
        }
        if (!finish_what_is_done() && !ready()) curl_multi_poll(multi_.get(), nullptr, 0, poll_milliseconds, nullptr);
    }
    if (result_ != CURLE_OK || refused_) return false;
    head_told_ = true;
    return true;
}

bool Connection::Transfer::finish_what_is_done() {
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left);
    if (message == nullptr || message->msg != CURLMSG_DONE) return false;
    result_ = message->data.result;
    curl_multi_remove_handle(multi_.get(), easy_.get());
    going = false;
    pass = {};
    return true;
}

Error Connection::Transfer::failure() const {
    if (refused_) return *refused_;
    const std::string what = why_[0] != '\0' ? std::string(&why_[0]) : std::string(curl_easy_strerror(result_));
    long tunnel = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
    return tunnel >= 300 ? tunnel_error(static_cast<int>(tunnel), what) : transfer_error(result_, what);
}

std::size_t Connection::Transfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take_header({line, size * count}) ? size * count : 0;
}

std::size_t Connection::Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take_body({bytes, size * count}) ? size * count : 0;
}

bool Connection::Transfer::refuse(Verdict verdict, std::string code, std::string what) {
    refused_ = Error{verdict, std::move(code), std::move(what)};
    return false;
}

bool Connection::Transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > most_header_bytes)
        return refuse(Verdict::retry, "answer_too_large",
                      fmt::format("its headers have more than {} bytes", most_header_bytes));
    if (head_) return true;  // behind the body
    if (line.starts_with("HTTP/")) {
        headers.clear();
        long code = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
        status = static_cast<int>(code);
        return true;
    }
    const std::string_view text = trimmed(line);
    if (text.empty()) {
        head_ = status >= 200;
        headed_ = Steady::now();
        return true;
    }
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos)
        headers.push_back({lower(trimmed(text.substr(0, colon))), std::string(trimmed(text.substr(colon + 1)))});
    return true;
}

bool Connection::Transfer::take_body(std::string_view bytes) {
    body_bytes_ += bytes.size();
    if (body_bytes_ > client_.caps.body)
        return refuse(Verdict::stop, "answer_too_large",
                      fmt::format("more than {} bytes (`limits: {{body: …}}`)", client_.caps.body));
    if (body_bytes_ > ratio_from) {
        curl_off_t received = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &received);
        if (body_bytes_ / client_.caps.ratio > static_cast<std::size_t>(received))
            return refuse(
                Verdict::stop, "compression_bomb",
                fmt::format("a compressed byte becomes more than {} (`limits: {{ratio: …}}`)", client_.caps.ratio));
    }
    if (beginning.size() < most_beginning) beginning.append(bytes.substr(0, most_beginning - beginning.size()));
    body.append(bytes);
    return true;
}

std::int64_t Connection::Transfer::clock() const {
    const auto date = std::ranges::find(headers, "date", &Header::name);
    if (date == headers.end()) return no_time;
    const std::time_t seconds = curl_getdate(date->value.c_str(), nullptr);
    if (seconds < 0) return no_time;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(headed_ - begun_);
    return static_cast<std::int64_t>(seconds) * 1'000'000 - took.count();
}

std::int64_t Connection::Transfer::retry_after() const {
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
    return seconds;
}

double Connection::Transfer::seconds() const { return std::chrono::duration<double>(headed_ - begun_).count(); }

}  // namespace tributary::http
