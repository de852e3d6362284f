#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connectors/kit/api/reader.hpp"
#include "connectors/odoo/client.hpp"
#include "connectors/odoo/domain.hpp"
#include "connectors/odoo/fields.hpp"

namespace tributary::odoo {

/// What a stream has beside its definition.
struct StreamExtras {
    std::set<std::string> optional = {};  ///< Fields that may be missing: null where they are.
};

/// Reads one stream: records by `search_read`, in the order of their ids. What a field of them leads to
/// (`partner_id.ref`) is read by a request of its own, for all records of a page at once.
class OdooReader : public api::ApiReader {
  public:
    OdooReader(std::shared_ptr<Session> session, table::Definition definition, StreamExtras extras);

    Result<void> open(std::stop_token stop) override;
    Result<std::int64_t> estimate(std::stop_token stop) override;

  protected:
    Result<api::Metadata> describe(const std::string& object, std::stop_token stop) override;
    Result<api::Answer> ask(const api::Question& question, const Feed::Limits& limits, Arena& arena,
                            std::stop_token stop) override;
    Result<api::Answer> ask_children(const api::ChildQuestion& question, Arena& arena, std::stop_token stop) override;
    /// Only where no field leads back, so that children cannot be asked for by their parents: many2many and many2one.
    bool nested(const table::Include& include) const override;
    bool searchable(const api::Field& field) const override;
    std::size_t most_parents() const override { return most_ids; }
    std::size_t most_rows() const override { return client_.settings().page; }
    std::string_view noun() const override { return "model"; }
    std::string_view remedy() const override {
        return client_.settings().companies.empty()
                   ? "add the API user to a group that may read it"
                   : "add the API user to a group that may read it, and see whether all of `companies` are his";
    }

  private:
    /// Ids in one condition: PostgreSQL plans a longer list for seconds.
    static constexpr std::size_t most_ids = 1'000;

    /// What is asked of a model: its own fields, and behind some of them those of what they lead to.
    struct Wanted {
        std::vector<std::string> names = {};  ///< `id` first.
        std::map<std::string, std::vector<std::string>, std::less<>> inner = {};
    };
    static Wanted wanted(std::span<const std::string> paths);

    /// Records of one request.
    struct Records {
        api::Answer answer;
        std::shared_ptr<const Shape> shape;
        std::vector<std::span<Value>> values;  ///< Of each row, as the shape has them; may be changed.
        std::vector<std::int64_t> ids;
        bool all = true;
    };
    Result<Records> read(const std::string& model, const Wanted& wanted, const Domain& domain, std::size_t rows,
                         const Feed::Limits& limits, Arena& arena, std::stop_token stop);
    /// Everything that fits, page after page, with what its fields lead to.
    Result<api::Answer> read_all(const std::string& model, std::span<const std::string> paths, const Domain& domain,
                                 Arena& arena, std::stop_token stop);
    using Related = std::map<std::int64_t, Value>;
    /// Records by their ids.
    Result<Related> related(const std::string& model, std::span<const std::string> paths,
                            const std::set<std::int64_t>& ids, std::vector<std::shared_ptr<const Shape>>& shapes,
                            Arena& arena, std::stop_token stop);
    /// Puts objects in place of the ids of fields that are followed.
    Result<void> follow(const std::string& model, const Wanted& wanted, Records& records, Arena& arena,
                        std::stop_token stop);

    Result<Domain> domain_of(const api::Question& question) const;
    Result<Domain> domain_of(const walk::Sought& sought) const;
    /// The parent's field, for a domain, that leads to an include's records.
    Result<std::string> way_to(const table::Include& include) const;
    Result<Domain> values_of(const std::string& model, const std::string& prefix, std::span<const std::string> columns,
                             std::span<const std::vector<std::string>> rows) const;
    const Field* field_of(const std::string& model, std::string_view name) const;
    Result<void> check_readable(const std::string& model, std::stop_token stop);
    std::vector<std::string> models(std::stop_token stop);

    Client client_;
    StreamExtras extras_;
    Domain where_;
    std::map<std::string, Fields> models_;  ///< As described last.
};

}  // namespace tributary::odoo
