#include "connectors/kit/http/connection.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>

#include "connectors/kit/http/errors.hpp"
#include "connectors/kit/http/transfer.hpp"
#include "core/status/log.hpp"

namespace tributary::http {
namespace {

constexpr int most_redirects = 5;
constexpr std::size_t most_beginning = 4 * 1024;

std::unexpected<Error> stopped() { return fail(Verdict::retry, "stopped", "asked to stop"); }

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::string_view Answer::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Header::name);
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

Connection::Connection(Service& service)
    : service_(service), transfer_(std::make_unique<Transfer>(service.settings())) {}
Connection::~Connection() { close(); }

void Connection::close() { transfer_->close(); }
void Connection::rest() { transfer_->pass = {}; }

std::string Connection::describe() const { return transfer_->method + " " + service_.redact(transfer_->path); }

Error Connection::fault(Verdict verdict, std::string code, std::string_view what) const {
    const bool good = transfer_->status >= 200 && transfer_->status < 300;
    const std::string begins = excerpt(transfer_->beginning, good);
    std::string text = fmt::format("{} answered {}: {}", describe(), transfer_->status, what);
    if (transfer_->may_be_the_proxys()) text += transfer_->proxy_note;
    if (!begins.empty()) text += fmt::format("; it begins with: {}", begins);
    return {verdict, std::move(code), service_.redact(std::move(text))};
}

Result<Answer> Connection::open(const Request& request, std::stop_token stop) {
    const bool whole = request.target.starts_with("http://") || request.target.starts_with("https://");
    auto url = whole ? parse_url(request.target) : below(service_.settings().url, request.target, request.query);
    if (!url) return std::unexpected(url.error());
    if (whole) *url = below(*url, "", request.query);
    for (bool again = true;; again = false) {
        close();
        Service::Signature signature;
        if (request.sign) {
            auto signed_by = service_.signature(stop);
            if (!signed_by) return std::unexpected(signed_by.error());
            signature = std::move(*signed_by);
        }
        auto answer = send(request, *url, signature, stop);
        const bool refused = answer && answer->status == 401 && signature.number > 0;
        if (refused) service_.refused(signature.number);
        if (!refused || !again) {
            if (!answer) return answer;
            return judged(request, std::move(*answer), std::move(stop));
        }
    }
}

/// With its redirects.
Result<Answer> Connection::send(const Request& request, const Url& url, const Service::Signature& signature,
                                std::stop_token stop) {
    Url at = url;
    transfer_->method = request.method;
    transfer_->path = at.path;
    for (int hops = 0; hops <= most_redirects; ++hops) {
        if (!request.any_host && !service_.allows(at))
            return fail(Verdict::stop, "redirect_refused",
                        fmt::format("{} answered {}: it leads to another host, {}; `allow_hosts` can allow it",
                                    describe(), transfer_->status, service_.redact(at.origin())));
        auto pass = service_.gate().enter(stop);
        if (!pass) return std::unexpected(pass.error());
        transfer_->pass = std::move(*pass);
        transfer_->begin(request, at, service_.is_own(at), signature.headers);
        if (auto driven = drive(stop); !driven) return std::unexpected(driven.error());
        Answer answer{
            .status = transfer_->status, .headers = transfer_->headers, .url = at, .clock = transfer_->clock()};
        if (service_.settings().trace) trace(request, answer);
        const std::string location(answer.header("location"));
        if (!is_redirect(answer.status) || location.empty()) return answer;
        // what was posted is not posted elsewhere, and a GET in its place would ask for something else
        if (request.method != "GET") return std::unexpected(fault(Verdict::stop, "bad_redirect", "it is redirected"));
        auto next = resolve(at, location);
        if (!next) return std::unexpected(fault(Verdict::stop, "bad_redirect", "it leads to what is no address"));
        close();
        at = std::move(*next);
    }
    return std::unexpected(fault(Verdict::stop, "bad_redirect", "it is redirected again and again"));
}

Result<Answer> Connection::judged(const Request& request, Answer answer, std::stop_token stop) {
    const bool good = (answer.status >= 200 && answer.status < 300) ||
                      std::ranges::find(request.good, answer.status) != request.good.end();
    if (good) return answer;
    const auto pause = pause_of(transfer_->retry_after());
    if (auto read = read_beginning(std::move(stop)); !read && read.error().code == "stopped") return stopped();
    Error kind = status_error(answer.status, std::string(reason_of(answer.status)));
    if (answer.status == 400) kind = client_certificate_error(transfer_->beginning).value_or(std::move(kind));
    Error error = fault(kind.verdict, std::move(kind.code), kind.what);
    close();
    // on a connection that is kept, the next request would come with the same certificate, renewed or not
    if (error.code == "bad_client_certificate") transfer_->forget();
    if (error.code != "rate_limited" && error.code != "server_failed") return std::unexpected(std::move(error));
    error.retry_after = pause.count();
    // all streams of the source leave it alone
    if (pause.count() > 0) service_.gate().close_for(pause);
    return std::unexpected(std::move(error));
}

Result<void> Connection::read_beginning(std::stop_token stop) {
    while (transfer_->beginning.size() < most_beginning) {
        const auto read = this->read(stop);
        if (!read) return std::unexpected(read.error());
        if (read->empty()) break;
    }
    return {};
}

Result<std::span<char>> Connection::read(std::stop_token stop) {
    transfer_->give.clear();
    if (transfer_->body.empty() && transfer_->going)
        if (auto driven = drive(stop); !driven) return std::unexpected(driven.error());
    std::swap(transfer_->give, transfer_->body);
    return std::span<char>(transfer_->give);
}

Result<std::string> Connection::text(const Request& request, std::size_t most_bytes, std::stop_token stop) {
    if (auto opened = open(request, stop); !opened) return std::unexpected(opened.error());
    return text(most_bytes, std::move(stop));
}

Result<std::string> Connection::text(std::size_t most_bytes, std::stop_token stop) {
    std::string whole;
    for (;;) {
        const auto read = this->read(stop);
        if (!read) return std::unexpected(read.error());
        if (read->empty()) return whole;
        whole.append(read->data(), read->size());
        if (whole.size() <= most_bytes) continue;
        Error error = fault(Verdict::stop, "answer_too_large", fmt::format("more than {} bytes", most_bytes));
        close();
        return std::unexpected(std::move(error));
    }
}

/// Until the head is there (before that) or some of the body (behind it), or the transfer is over.
Result<void> Connection::drive(const std::stop_token& stop) {
    if (transfer_->drive(stop)) return {};
    if (stop.stop_requested()) {
        close();
        return stopped();
    }
    Error error = transfer_->failure();
    if (transfer_->status > 0) {
        const std::string what = std::exchange(error.what, {});
        error = fault(error.verdict, std::move(error.code), what);
    } else {
        error.what = service_.redact(describe() + ": " + error.what + transfer_->proxy_note);
    }
    close();
    return std::unexpected(std::move(error));
}

/// At most what an operator may see: neither secrets nor values.
void Connection::trace(const Request& request, const Answer& answer) const {
    std::string headers;
    for (const Header& header : answer.headers)
        headers +=
            (headers.empty() ? "" : "; ") + header.name + ": " + (header.name == "set-cookie" ? "***" : header.value);
    const std::string url = service_.redact(transfer_->url);
    log_info("http", "request answered",
             {{"source", service_.settings().source},
              {"method", request.method},
              {"url", url},
              {"sent_bytes", request.body.size()},
              {"status", answer.status},
              {"seconds", transfer_->seconds()},
              {"headers", service_.redact(headers.substr(0, 2'000))},
              {"begins", service_.redact(excerpt(transfer_->beginning, true))}});
}

}  // namespace tributary::http
