#include "connectors/kit/table/read_ahead.hpp"

#include <catch2/catch.hpp>
#include <future>

namespace tributary::table {

using std::chrono::milliseconds;

TEST_CASE("reading ahead pays while a page takes longer than the load is away", "[read_ahead]") {
    Pace pace;
    CHECK_FALSE(pace.pays());
    pace.read(milliseconds(300));
    CHECK_FALSE(pace.pays());  // nobody knows yet how long it is away
    pace.away(milliseconds(40));
    CHECK(pace.pays());
    pace.away(milliseconds(400));
    CHECK_FALSE(pace.pays());
}

TEST_CASE("where telling the places costs half of the reading, it does not pay", "[read_ahead]") {
    Pace pace;
    pace.read(milliseconds(300));
    pace.away(milliseconds(40));
    pace.told_places(milliseconds(100), 8);
    CHECK(pace.pays());
    pace.told_places(milliseconds(1'300), 8);
    CHECK_FALSE(pace.pays());
}

TEST_CASE("who waits for a page that was read ahead is stopped like any other", "[read_ahead]") {
    const auto mark = [](const char* text) { return std::vector<walk::Mark>{{Kind::integer, text}}; };
    std::promise<void> stopped;
    ReadAhead ahead(1, [&](std::size_t, const KeyRange&, Batch&, std::stop_token stop) -> Result<walk::PageEnd> {
        std::promise<void> asked;
        const std::stop_callback on_stop(stop, [&] { asked.set_value(); });
        asked.get_future().wait();
        stopped.set_value();
        return fail(Verdict::retry, "stopped", "stopped");
    });
    ahead.reached(mark("10"));
    ahead.add_places({mark("20")}, 10, true);
    ahead.go_on({});
    std::stop_source stop;
    stop.request_stop();
    const auto taken = ahead.take(mark("10"), stop.get_token());
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == "stopped");
    ahead.forget();
    CHECK(stopped.get_future().wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}

}  // namespace tributary::table
