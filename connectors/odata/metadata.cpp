#include "connectors/odata/metadata.hpp"

#include <expat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace tributary::odata {
namespace {

constexpr std::size_t most_depth = 64;
constexpr std::size_t most_types = 100'000;
constexpr std::size_t most_bases = 64;
constexpr std::string_view one_c = "StandardODATA";

std::string_view local(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// `Collection(NS.Item)` is many of `NS.Item`.
bool strip_collection(std::string& type) {
    constexpr std::string_view open = "Collection(";
    if (!type.starts_with(open) || !type.ends_with(')')) return false;
    type = type.substr(open.size(), type.size() - open.size() - 1);
    return true;
}

class Attributes {
  public:
    explicit Attributes(const char** pairs) : pairs_(pairs) {}
    /// Without its prefix; empty: not there.
    std::string operator[](std::string_view name) const {
        for (const char** pair = pairs_; *pair != nullptr; pair += 2)
            if (local(*pair) == name) return pair[1];
        return {};
    }

  private:
    const char** pairs_;
};

}  // namespace

const Property* Type::property(std::string_view property_name) const {
    const auto found = std::ranges::find(properties, property_name, &Property::name);
    return found == properties.end() ? nullptr : &*found;
}

const Navigation* Type::navigation(std::string_view navigation_name) const {
    const auto found = std::ranges::find(navigations, navigation_name, &Navigation::name);
    return found == navigations.end() ? nullptr : &*found;
}

const Type* Model::find(std::string_view type) const {
    const auto found = types.find(type);
    return found == types.end() ? nullptr : &found->second;
}

const Type* Model::type_of(std::string_view set) const {
    if (const auto found = sets.find(set); found != sets.end()) return find(found->second);
    const auto slash = set.find('/');
    if (slash == std::string_view::npos) return nullptr;
    const std::string_view function = set.substr(slash + 1);
    const std::string name =
        std::string(set.substr(0, slash)) + "_" + std::string(function.substr(0, function.find('(')));
    for (const auto& [full, type] : types)
        if (full.ends_with(name) && full.size() > name.size() && full[full.size() - name.size() - 1] == '.')
            return &type;
    return nullptr;
}

/// Names of types are gathered as written and put together at the end: a document may say them in any order.
struct MetadataParser::State {
    struct Pending {
        Type type;
        std::string base;
    };
    struct Link {  ///< A navigation property of versions 2 and 3.
        std::string type;
        std::size_t navigation = 0;
        std::string association;
        std::string role;
    };
    struct End {
        std::string association;
        std::string role;
        std::string type;
        bool many = false;
    };
    struct Freed {
        void operator()(XML_Parser handle) const { XML_ParserFree(handle); }
    };

    void start(std::string_view name, const Attributes& attributes);
    void end(std::string_view name);
    void open_type(const Attributes& attributes);
    void add_property(const Attributes& attributes);
    void add_navigation(const Attributes& attributes);
    void add_end(const Attributes& attributes);
    std::string full(std::string name) const;
    void take_base(Pending& pending, std::set<std::string>& on_way);
    void link_navigations();
    void refuse(std::string why);

    std::unique_ptr<std::remove_pointer_t<XML_Parser>, Freed> parser{XML_ParserCreate(nullptr)};
    Model model;
    std::map<std::string, Pending> pending;
    std::map<std::string, std::string> aliases;
    std::vector<Link> links;
    std::vector<End> ends;
    std::string space;
    std::string association;
    Pending* type = nullptr;
    bool in_key = false;
    bool edmx = false;
    std::size_t depth = 0;
    std::optional<std::string> wrong;
};

void MetadataParser::State::refuse(std::string why) {
    if (!wrong) wrong = std::move(why);
    XML_StopParser(parser.get(), XML_FALSE);
}

std::string MetadataParser::State::full(std::string name) const {
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) return name;
    const auto alias = aliases.find(name.substr(0, dot));
    return alias == aliases.end() ? name : alias->second + name.substr(dot);
}

void MetadataParser::State::open_type(const Attributes& attributes) {
    if (pending.size() >= most_types) return refuse("it declares more types than can be held");
    const std::string name = space + "." + attributes["Name"];
    type = &pending[name];
    type->type.name = name;
    type->base = attributes["BaseType"];
}

void MetadataParser::State::add_property(const Attributes& attributes) {
    Property property{.name = attributes["Name"], .type = attributes["Type"]};
    property.many = strip_collection(property.type);
    property.nullable = attributes["Nullable"] != "false";
    property.edm = edm_of(property.type);
    if (property.edm == Edm::moment && attributes["display-format"] == "Date") property.edm = Edm::date;
    type->type.properties.push_back(std::move(property));
}

void MetadataParser::State::add_navigation(const Attributes& attributes) {
    Navigation navigation{.name = attributes["Name"], .target = attributes["Type"]};
    if (navigation.target.empty())
        links.push_back(
            {type->type.name, type->type.navigations.size(), attributes["Relationship"], attributes["ToRole"]});
    else
        navigation.many = strip_collection(navigation.target);
    type->type.navigations.push_back(std::move(navigation));
}

void MetadataParser::State::add_end(const Attributes& attributes) {
    ends.push_back({association, attributes["Role"], attributes["Type"], attributes["Multiplicity"] == "*"});
}

void MetadataParser::State::start(std::string_view name, const Attributes& attributes) {
    if (++depth > most_depth) return refuse("it nests too deeply");
    if (name == "Edmx") {
        edmx = true;
        model.version = attributes["Version"].starts_with("4") ? Version::v4 : Version::v2;
    } else if (name == "DataServices") {
        const bool three =
            attributes["DataServiceVersion"].starts_with("3") || attributes["MaxDataServiceVersion"].starts_with("3");
        if (model.version != Version::v4 && three) model.version = Version::v3;
    } else if (name == "Schema") {
        space = attributes["Namespace"];
        if (const std::string alias = attributes["Alias"]; !alias.empty()) aliases[alias] = space;
        if (space == one_c) model.blank_padded = true;
    } else if (name == "EntityType" || name == "ComplexType") {
        open_type(attributes);
    } else if (name == "Association") {
        association = space + "." + attributes["Name"];
    } else if (name == "End" && !association.empty()) {
        add_end(attributes);
    } else if (name == "EntitySet" || name == "Singleton") {
        const std::string made = name == "Singleton" ? attributes["Type"] : attributes["EntityType"];
        if (!made.empty()) model.sets[attributes["Name"]] = made;
    } else if (type != nullptr) {
        if (name == "Key") in_key = true;
        if (name == "PropertyRef" && in_key) type->type.key.push_back(attributes["Name"]);
        if (name == "Property") add_property(attributes);
        if (name == "NavigationProperty") add_navigation(attributes);
    }
}

void MetadataParser::State::end(std::string_view name) {
    --depth;
    if (name == "EntityType" || name == "ComplexType") type = nullptr;
    if (name == "Association") association.clear();
    if (name == "Key") in_key = false;
}

/// What the base has comes first; a circle of bases ends where it began.
void MetadataParser::State::take_base(Pending& one, std::set<std::string>& on_way) {
    if (one.base.empty() || on_way.size() == most_bases || !on_way.insert(one.type.name).second) return;
    const auto base = pending.find(full(std::exchange(one.base, {})));
    if (base == pending.end()) return;
    take_base(base->second, on_way);
    const Type& above = base->second.type;
    one.type.properties.insert(one.type.properties.begin(), above.properties.begin(), above.properties.end());
    one.type.navigations.insert(one.type.navigations.end(), above.navigations.begin(), above.navigations.end());
    if (one.type.key.empty()) one.type.key = above.key;
}

void MetadataParser::State::link_navigations() {
    for (const Link& link : links) {
        const auto end = std::ranges::find_if(ends, [&](const End& candidate) {
            return candidate.association == full(link.association) && candidate.role == link.role;
        });
        if (end == ends.end()) continue;
        Navigation& navigation = pending[link.type].type.navigations[link.navigation];
        navigation.target = end->type;
        navigation.many = end->many;
    }
}

MetadataParser::MetadataParser() : state_(std::make_unique<State>()) {
    XML_Parser parser = state_->parser.get();
    XML_SetUserData(parser, state_.get());
    XML_SetElementHandler(
        parser,
        [](void* self, const char* name, const char** attributes) {
            static_cast<State*>(self)->start(local(name), Attributes(attributes));
        },
        [](void* self, const char* name) { static_cast<State*>(self)->end(local(name)); });
    // no service needs entities, and what they unfold to is somebody's attack
    XML_SetEntityDeclHandler(
        parser, [](void* self, const char*, int, const char*, int, const char*, const char*, const char*, const char*) {
            static_cast<State*>(self)->refuse("it declares entities");
        });
}

MetadataParser::~MetadataParser() = default;

Result<void> MetadataParser::push(std::string_view bytes) {
    XML_Parser parser = state_->parser.get();
    constexpr std::size_t piece = std::size_t{1} << 20;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
        const std::string_view part = bytes.substr(0, piece);
        if (XML_Parse(parser, part.data(), static_cast<int>(part.size()), XML_FALSE) == XML_STATUS_OK) continue;
        const std::string why = state_->wrong ? *state_->wrong : XML_ErrorString(XML_GetErrorCode(parser));
        return fail(
            Verdict::retry, "bad_metadata",
            "this is no $metadata: " + why + " (line " + std::to_string(XML_GetCurrentLineNumber(parser)) + ")");
    }
    return {};
}

Result<Model> MetadataParser::finish() {
    XML_Parser parser = state_->parser.get();
    if (XML_Parse(parser, nullptr, 0, XML_TRUE) != XML_STATUS_OK)
        return fail(Verdict::retry, "bad_metadata",
                    std::string("this is no whole $metadata: ") + XML_ErrorString(XML_GetErrorCode(parser)));
    if (!state_->edmx) return fail(Verdict::retry, "bad_metadata", "this is XML, but no $metadata");
    state_->link_navigations();
    for (auto& [name, one] : state_->pending) {
        std::set<std::string> on_way;
        state_->take_base(one, on_way);
    }
    Model& model = state_->model;
    for (auto& [name, one] : state_->pending) {
        for (Navigation& navigation : one.type.navigations) navigation.target = state_->full(navigation.target);
        for (Property& property : one.type.properties) {
            property.type = state_->full(property.type);
            if (property.edm == Edm::other && state_->pending.contains(property.type)) property.edm = Edm::nested;
        }
        model.types.emplace(name, std::move(one.type));
    }
    for (auto& [name, type] : model.sets) type = state_->full(type);
    return std::move(model);
}

}  // namespace tributary::odata
