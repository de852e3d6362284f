#include "connectors/odata/services.hpp"

#include <utility>

#include "connectors/odata/answers.hpp"
#include "connectors/odata/language.hpp"

namespace tributary::odata {
namespace {

constexpr std::chrono::hours model_lasts{1};
constexpr std::size_t most_metadata = std::size_t{128} << 20;

/// Who was asked may be no service at all.
Error with_hint(Error error) {
    if (error.code == "not_found" || error.code == "bad_metadata")
        error.what +=
            "; no OData service is there: `url` is the address of services or of one (as https://erp.example/sap/opu/"
            "odata/sap, http://erp.example/trade/odata/standard.odata), and `set` begins with the service where `url` "
            "does not end in one (API_SALES_ORDER_SRV/A_SalesOrder)";
    return error;
}

Result<Model> ask_model(const std::string& path, http::Connection& via, Services& services, std::stop_token stop) {
    const std::string target = path.empty() ? "/$metadata" : "/" + encoded(path) + "/$metadata";
    const auto answer = open_answer(via, {.target = target, .accept = "application/xml"}, stop);
    if (!answer) return std::unexpected(with_hint(answer.error()));
    services.saw_clock(answer->clock);
    MetadataParser parser;
    std::size_t bytes = 0;
    const auto wrong = [&](const Error& error) {
        Error told = with_hint(via.fault(error.verdict, error.code, error.what));
        via.close();
        return std::unexpected(std::move(told));
    };
    for (;;) {
        const auto part = via.read(stop);
        if (!part) return std::unexpected(part.error());
        if (part->empty()) break;
        bytes += part->size();
        if (bytes > most_metadata) return wrong({Verdict::stop, "answer_too_large", "$metadata has more than 128 MB"});
        if (auto pushed = parser.push({part->data(), part->size()}); !pushed) return wrong(pushed.error());
    }
    auto model = parser.finish();
    if (!model) return wrong(model.error());
    return model;
}

}  // namespace

Result<std::shared_ptr<const Model>> Services::model(const std::string& path, http::Connection& via,
                                                     std::stop_token stop) {
    {
        std::unique_lock lock(mutex_);
        Known& known = known_[path];
        changed_.wait(lock, stop, [&] { return !known.asking; });
        if (stop.stop_requested()) return fail(Verdict::retry, "stopped", "asked to stop");
        if (known.model && Steady::now() - known.asked < model_lasts) return known.model;
        known.asking = true;
    }
    auto model = ask_model(path, via, *this, std::move(stop));
    const std::lock_guard lock(mutex_);
    Known& known = known_[path];
    known.asking = false;
    changed_.notify_all();
    if (!model) return std::unexpected(model.error());
    known = {std::make_shared<const Model>(std::move(*model)), Steady::now(), false};
    return known.model;
}

void Services::doubt(const std::shared_ptr<const Model>& model) {
    const std::lock_guard lock(mutex_);
    for (auto& [path, known] : known_)
        if (known.model == model) known.asked = Steady::now() - model_lasts;
}

void Services::saw_clock(std::int64_t shown) {
    const std::lock_guard lock(mutex_);
    clock_.saw(shown);
}

std::optional<std::int64_t> Services::clock() const {
    const std::lock_guard lock(mutex_);
    return clock_.read();
}

}  // namespace tributary::odata
