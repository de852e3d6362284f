#include "core/store/stored_counts.hpp"

#include <system_error>

#include "core/store/database.hpp"

namespace tributary {

namespace {

constexpr const char* query = R"sql(
SELECT name, (SELECT count(*) FROM state_by_number WHERE place >= no << 48 AND place < (no + 1) << 48)
           + (SELECT count(*) FROM state_by_text t WHERE t.stream = no),
       (SELECT count(*) FROM aside r WHERE r.stream = no AND r.hash <> 0)
FROM stream
)sql";

}  // namespace

Result<std::map<std::string, StoredCounts>> stored_counts(const std::filesystem::path& directory) {
    std::map<std::string, StoredCounts> counts;
    const auto file = directory / "state.db";
    std::error_code missing;
    if (!std::filesystem::exists(file, missing)) return counts;
    auto database = Database::open(file, SQLITE_OPEN_READWRITE);
    if (!database) return std::unexpected(database.error());
    auto list = database->prepare(query);
    if (!list) return std::unexpected(list.error());
    for (;;) {
        auto row = list->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return counts;
        counts[std::string(list->blob(0))] = {list->integer(1), list->integer(2)};
    }
}

}  // namespace tributary
