#include "connectors/odoo/connector.hpp"

#include <map>
#include <memory>
#include <utility>

#include "connectors/kit/table/source.hpp"
#include "connectors/odoo/options.hpp"
#include "connectors/odoo/reader.hpp"

namespace tributary::odoo {
namespace {

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

/// The account is Odoo's own: neither Basic authentication nor a bearer token goes with every request.
Account read_account(const SourceSettings& source, http::ClientSettings& client, Diagnostics& diagnostics) {
    const Settings& settings = source.settings;
    Account account{.database = settings.text("database"),
                    .user = std::exchange(client.user, {}),
                    .secret = std::exchange(client.password, {})};
    const std::string token = std::exchange(client.token, {});
    if (account.secret.empty()) account.secret = token;
    // one that could not be read was told as such
    if (!settings.has("password") && !settings.has("token"))
        diagnostics.error(settings.place(),
                          "give `user` with `password` (its own, or an API key), or an API key alone as `token`");
    if (settings.text("api") == "json_rpc" && (account.user.empty() || account.database.empty()))
        diagnostics.error(settings.place("api"), "JSON-RPC needs `database` and `user` as well");
    return account;
}

std::vector<std::int64_t> read_companies(const Settings& settings, Diagnostics& diagnostics) {
    std::vector<std::int64_t> companies;
    for (const std::string& text : settings.texts("companies")) {
        const auto id = json_integer(text);
        if (id)
            companies.push_back(std::stoll(*id));
        else
            diagnostics.error(settings.place("companies"), "expected ids of companies, as [1, 3], not '" + text + "'");
    }
    return companies;
}

OdooSettings read_source(const SourceSettings& source, Diagnostics& diagnostics) {
    const Settings& settings = source.settings;
    OdooSettings odoo{.client = http::read_client_settings(source, diagnostics)};
    http::refuse_path(source, odoo.client.url, diagnostics);
    odoo.account = read_account(source, odoo.client, diagnostics);
    const std::string api = settings.text("api");
    if (api != "auto") odoo.protocol = api == "json_2" ? Protocol::json_2 : Protocol::json_rpc;
    odoo.language = settings.text("language");
    odoo.companies = read_companies(settings, diagnostics);
    if (const auto page = settings.integer("page")) odoo.page = static_cast<std::size_t>(*page);
    return odoo;
}

void check_stream(const StreamSettings& stream, Diagnostics& diagnostics) {
    const Settings& settings = stream.settings;
    if (settings.has("where") && !Domain::parse(settings.text("where")))
        diagnostics.error(
            settings.place("where"),
            "expected a domain as JSON: [[\"state\", \"=\", \"sale\"]], with \"&\", \"|\" and \"!\" before "
            "the conditions they join");
    const auto key = settings.texts("key");
    if (!key.empty() && key != std::vector<std::string>{"id"})
        diagnostics.error(settings.place("key"), "records are read in the order of their ids: the key is [id]");
}

class OdooConnector : public Connector {
  public:
    std::string_view name() const override { return "odoo"; }
    std::string_view summary() const override { return "Models of Odoo 14 to 19, over JSON-2 or JSON-RPC"; }
    std::span<const Option> source_options() const override { return odoo::source_options; }
    std::span<const Option> stream_options() const override { return odoo::stream_options; }
    std::span<const Option> lookup_options() const override { return odoo::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }
    std::span<const EmbeddedFile> mappings() const override { return ready_mappings(); }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        Diagnostics own;
        auto session = std::make_shared<Session>(read_source(settings, own));
        std::map<std::string, StreamExtras> extras;
        for (const StreamSettings& stream : settings.streams) {
            check_stream(stream, own);
            const auto optional = stream.settings.texts("optional");
            extras[stream.name] = {.optional = {optional.begin(), optional.end()}};
        }
        for (const StreamSettings& lookup : settings.lookups) check_stream(lookup, own);
        diagnostics.add(own);
        const auto reader = [session, extras](const table::Definition& definition, table::Turn) {
            const auto found = extras.find(definition.stream);
            return std::make_unique<OdooReader>(session, definition,
                                                found == extras.end() ? StreamExtras{} : found->second);
        };
        auto source = table::make_source(settings, {.reader = reader}, diagnostics, words.terms());
        return own.has_errors() ? nullptr : std::move(source);
    }
};

}  // namespace

const Connector& connector() {
    static const OdooConnector shared;
    return shared;
}

}  // namespace tributary::odoo
