#pragma once

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

namespace tributary::sqlite::test {

/// A database file of its own, with a writer beside the connector.
class Shop {
  public:
    Shop() {
        char name[] = "/tmp/tributary-sqlite-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        folder_ = name;
        open();
        run("pragma journal_mode = wal");
    }
    ~Shop() {
        close();
        std::filesystem::remove_all(folder_);
    }
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    std::string path() const { return folder_ / "shop.db"; }
    std::string source() const { return "path: " + path(); }
    void open() { REQUIRE(sqlite3_open(path().c_str(), &writer_) == SQLITE_OK); }
    void close() {
        sqlite3_close(writer_);
        writer_ = nullptr;
    }
    /// `row` is called with `context` for each row, as sqlite3_exec does.
    void run(const std::string& sql, int (*row)(void*, int, char**, char**) = nullptr, void* context = nullptr) {
        INFO(sql);
        CHECK(sqlite3_exec(writer_, sql.c_str(), row, context, nullptr) == SQLITE_OK);
    }

  private:
    std::filesystem::path folder_;
    sqlite3* writer_ = nullptr;
};

}  // namespace tributary::sqlite::test
