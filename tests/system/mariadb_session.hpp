#pragma once

#include <mysql.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "tests/system/environment.hpp"

namespace tributary::mariadb::test {

/// A session that writes beside the connector; the environment names the server (MARIADB_HOST and others).
class Session {
  public:
    Session() : handle_(mysql_init(nullptr)) {
        const MYSQL* const connected =
            mysql_real_connect(handle_, environment("MARIADB_HOST").c_str(), environment("MARIADB_USER").c_str(),
                               environment("MARIADB_PASSWORD").c_str(), environment("MARIADB_DATABASE").c_str(),
                               static_cast<unsigned>(std::stoi(environment("MARIADB_PORT"))), nullptr, 0);
        INFO(mysql_error(handle_));
        REQUIRE(connected != nullptr);
        mysql_set_character_set(handle_, "utf8mb4");
        run("set sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'");
    }
    ~Session() { mysql_close(handle_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// The first value of the answer, if there is one.
    std::string run(const std::string& sql) {
        const auto value = attempt(sql);
        INFO(sql << ": " << mysql_error(handle_));
        CHECK(value);
        return value.value_or("");
    }

    /// For threads beside the test's own, where Catch must not be used: nothing is a failure.
    std::optional<std::string> attempt(const std::string& sql) {
        if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) return std::nullopt;
        MYSQL_RES* const result = mysql_store_result(handle_);
        if (result == nullptr) return "";
        const MYSQL_ROW row = mysql_fetch_row(result);
        const std::string value = row != nullptr && row[0] != nullptr ? row[0] : "";
        mysql_free_result(result);
        return value;
    }

    MYSQL* handle() { return handle_; }

  private:
    MYSQL* handle_;
};

/// The options of a source as `user`, whose password is `password`.
inline std::string source(const std::string& user, const std::string& password, const std::string& more = "") {
    return "{host: " + environment("MARIADB_HOST") + ", port: " + environment("MARIADB_PORT") + ", user: " + user +
           ", password: " + password + ", database: conn" + (more.empty() ? "" : ", " + more) + "}";
}

}  // namespace tributary::mariadb::test
