#include "connectors/erpnext/tests/lab_site.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "connectors/erpnext/site.hpp"
#include "core/model/json_text.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace tributary::erpnext::test {
namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    REQUIRE(bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(socket);
    return ntohs(address.sin_port);
}

bool listens(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    const bool connected = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(socket);
    return connected;
}

http::ClientSettings settings_of(const std::string& url) {
    http::ClientSettings settings;
    settings.source = "lab";
    settings.url = *http::parse_url(url);
    settings.user = "sync-key";
    settings.password = "sync-secret";
    return with_token(std::move(settings));
}

}  // namespace

LabSite::LabSite(int orders, const std::string& zone) : zone_(zone), orders_(orders), port_(free_port()) {
    char name[] = "/tmp/tributary-erpnext-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder_ = name;
    start();
}

LabSite::~LabSite() {
    stop();
    std::filesystem::remove_all(folder_);
}

void LabSite::start() {
    std::vector<std::string> variables{"LAB_PORT=" + std::to_string(port_),
                                       "LAB_JOURNAL=" + folder_ + "/journal",
                                       "LAB_ZONE=" + zone_,
                                       "LAB_SEED=1",
                                       "LAB_ROWS=" + std::to_string(orders_),
                                       "PYTHONPATH=tests/lab",
                                       "PYTHONDONTWRITEBYTECODE=1"};
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string log = folder_ + "/log";
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    // nobody waits for what a test that crashed left behind
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    std::string program = "/usr/bin/python3";
    std::string script = "tests/lab/erpnext.app/server.py";
    const std::array arguments{program.data(), script.data(), static_cast<char*>(nullptr)};
    REQUIRE(posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environment.data()) == 0);
    posix_spawn_file_actions_destroy(&actions);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!listens(port_)) {
        INFO("the stub did not start, see " << log);
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));  // another process: nothing to wait on
    }
    service_ = std::make_unique<http::Service>(settings_of(url()));
    connection_ = std::make_unique<http::Connection>(*service_);
}

void LabSite::stop() {
    connection_.reset();
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
}

void LabSite::cut() { stop(); }
void LabSite::restore() { start(); }

std::string LabSite::source(const std::string& user) const {
    return "{url: '" + url() + "', user: " + user + "-key, password: " + user + "-secret, connect_timeout: 2s}";
}

LabSite::Json LabSite::call(const std::string& method, const std::string& path, const std::string& body) {
    http::Request request{.method = method, .target = path, .body = body};
    for (int status = 300; status < 600; ++status) request.good.push_back(status);
    if (!held_.empty()) request.headers.push_back({"X-Lab-Transaction", held_});
    const auto text = connection_->text(request, std::size_t{16} << 20, {});
    INFO(method << " " << path << " " << body << ": " << (text ? *text : text.error().what));
    REQUIRE(text);
    Json answer;
    answer.Parse(*text);
    REQUIRE_FALSE(answer.HasParseError());
    REQUIRE_FALSE(answer.HasMember("exc_type"));
    for (const char* const member : {"data", "message"}) {
        if (!answer.HasMember(member)) continue;
        Json inner;
        inner.CopyFrom(answer[member], inner.GetAllocator());
        return inner;
    }
    return answer;
}

bool LabSite::quietly(const std::string& method, const std::string& path, const std::string& body) const {
    http::Connection connection(*service_);
    return connection.text({.method = method, .target = path, .body = body}, std::size_t{16} << 20, {}).has_value();
}

std::string LabSite::create(const std::string& doctype, const std::string& json) {
    return call("POST", "/api/resource/" + http::percent_encoded(doctype), json)["name"].GetString();
}

LabSite::Json LabSite::document(const std::string& doctype, const std::string& name) {
    return call("GET", "/api/resource/" + http::percent_encoded(doctype) + "/" + http::percent_encoded(name));
}

void LabSite::change(const std::string& doctype, const std::string& name, const std::string& json) {
    call("PUT", "/api/resource/" + http::percent_encoded(doctype) + "/" + http::percent_encoded(name), json);
}

void LabSite::remove(const std::string& doctype, const std::string& name) {
    call("DELETE", "/api/resource/" + http::percent_encoded(doctype) + "/" + http::percent_encoded(name));
}

void LabSite::rename(const std::string& doctype, const std::string& from, const std::string& to, bool merge) {
    method("frappe.client.rename_doc", R"({"doctype":)" + json_text(doctype) + R"(,"old_name":)" + json_text(from) +
                                           R"(,"new_name":)" + json_text(to) + R"(,"merge":)" + (merge ? "1" : "0") +
                                           "}");
}

void LabSite::submit(const std::string& doctype, const std::string& name) {
    method("frappe.client.submit",
           R"({"doc":{"doctype":)" + json_text(doctype) + R"(,"name":)" + json_text(name) + "}}");
}

void LabSite::cancel(const std::string& doctype, const std::string& name) {
    method("frappe.client.cancel", R"({"doctype":)" + json_text(doctype) + R"(,"name":)" + json_text(name) + "}");
}

void LabSite::clock(const std::string& at, bool frozen) {
    call("POST", "/lab/clock",
         at.empty() ? "{}" : R"({"at":)" + json_text(at) + R"(,"frozen":)" + (frozen ? "true" : "false") + "}");
}

void LabSite::refuse(int status, int times) {
    call("POST", "/lab/refuse",
         R"({"status":)" + std::to_string(status) + R"(,"times":)" + std::to_string(times) + "}");
}

std::string LabSite::hold() {
    const Json answer = call("POST", "/lab/transactions", "{}");
    started_ = answer["start"].GetString();
    const auto& name = answer["transaction"];
    return name.IsString() ? name.GetString() : std::to_string(name.GetInt());
}

void LabSite::begin() { held_ = hold(); }
void LabSite::commit() {
    const std::string transaction = std::exchange(held_, {});
    commit(transaction);
}

}  // namespace tributary::erpnext::test
