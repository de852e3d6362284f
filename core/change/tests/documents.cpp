#include "core/change/tests/documents.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tributary::testing {
namespace {

using Kind = Json::Kind;

constexpr std::array<std::string_view, 10> names = {"status", "lines", "number", "quantity", "a/b",
                                                    "m~n",    "naïve", "",       "10",       "say \"x\"\n"};
constexpr std::array<std::string_view, 7> texts = {"", "open", "1", "true", "żółć", "\x01\"\\/", "a\tb"};

Json random_scalar(Random& random) {
    Json json;
    json.kind = static_cast<Kind>(pick(random, 4));
    json.truth = pick(random, 2) == 0;
    json.mantissa = static_cast<std::int64_t>(pick(random, 41)) * (pick(random, 4) == 0 ? 1'000'000'007 : 1) - 20;
    json.exponent = static_cast<int>(pick(random, 7)) - 3;
    json.text = texts[pick(random, texts.size())];
    return json;
}

Json random_value(Random& random, int levels) {
    const auto what = pick(random, levels > 0 ? 4 : 2);
    if (what < 2) return random_scalar(random);
    if (what == 2) return random_object(random, levels - 1);
    Json list;
    list.kind = Kind::list;
    for (std::size_t i = pick(random, 4); i > 0; --i) list.items.push_back(random_value(random, levels - 1));
    return list;
}

void mutate_value(Json& json, Random& random);

void mutate_object(Json& json, Random& random) {
    const auto name = names[pick(random, names.size())];
    auto* member = json.find(name);
    if (member == nullptr)
        json.members.emplace_back(name, random_value(random, 2));
    else if (pick(random, 3) == 0)
        json.erase(name);
    else
        mutate_value(*member, random);
}

void mutate_list(Json& json, Random& random) {
    const auto what = pick(random, 4);
    if (what == 0 || json.items.empty())
        json.items.push_back(random_value(random, 1));
    else if (what == 1)
        json.items.erase(json.items.begin() + static_cast<std::ptrdiff_t>(pick(random, json.items.size())));
    else
        mutate_value(json.items[pick(random, json.items.size())], random);
}

void mutate_value(Json& json, Random& random) {
    if (pick(random, 6) == 0)
        json = random_value(random, 1);
    else if (json.kind == Kind::object)
        mutate_object(json, random);
    else if (json.kind == Kind::list)
        mutate_list(json, random);
    else
        json = random_scalar(random);
}

std::string unicode_escape(char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    return std::string("\\u00") + hex[byte >> 4U] + hex[byte & 15U];
}

/// `random` null: only what must be escaped is.
std::string quoted(std::string_view text, Random* random) {
    std::string out = "\"";
    for (const char c : text) {
        const bool ascii = static_cast<unsigned char>(c) < 0x80;
        if (static_cast<unsigned char>(c) < 0x20 || (random != nullptr && ascii && pick(*random, 8) == 0))
            out += unicode_escape(c);
        else if (c == '"' || c == '\\')
            (out += '\\') += c;
        else
            out += c;
    }
    return out + '"';
}

std::string number_with_exponent(std::int64_t mantissa, int exponent) {
    return std::to_string(mantissa) + "e" + std::to_string(exponent);
}

/// With decimal point and without exponent; only for small exponents.
std::string plain_number(std::int64_t mantissa, int exponent) {
    auto digits =
        std::to_string(std::abs(mantissa)) + std::string(static_cast<std::size_t>(std::max(exponent, 0)), '0');
    if (digits.find_first_not_of('0') == std::string::npos) digits = "0";
    const auto decimals = static_cast<std::size_t>(std::max(-exponent, 0));
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    if (decimals > 0) digits.insert(digits.size() - decimals, ".");
    return (mantissa < 0 ? "-" : "") + digits;
}

std::string spelled_number(const Json& json, Random& random) {
    switch (pick(random, 4)) {
        case 0:
            return number_with_exponent(json.mantissa, json.exponent);
        case 1:
            return number_with_exponent(json.mantissa * 100, json.exponent - 2);
        case 2:
            return plain_number(json.mantissa * 100, json.exponent - 2);
        default:
            return plain_number(json.mantissa, json.exponent);
    }
}

std::string reduced_number(std::int64_t mantissa, int exponent) {
    if (mantissa == 0) return "0";
    for (; mantissa % 10 == 0; mantissa /= 10) ++exponent;
    return number_with_exponent(mantissa, exponent);
}

std::string space(Random& random) { return pick(random, 5) == 0 ? " \n" : ""; }

template <typename Items, typename Write>
std::string joined(char open, const Items& items, char close, const Write& write) {
    std::string out(1, open);
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += write(item);
    }
    return out + close;
}

std::vector<std::string> tokens_of(std::string_view pointer) {
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        if (pointer[i] == '/')
            tokens.emplace_back();
        else if (pointer[i] == '~')
            tokens.back() += pointer[++i] == '0' ? '~' : '/';
        else
            tokens.back() += pointer[i];
    }
    return tokens;
}

Json* step(Json* from, const std::string& token) {
    if (from == nullptr || from->kind == Kind::object) return from == nullptr ? nullptr : from->find(token);
    if (from->kind != Kind::list) return nullptr;
    const auto index = std::stoul(token);
    return index < from->items.size() ? &from->items[index] : nullptr;
}

}  // namespace

Json* Json::find(std::string_view name) {
    const auto found = std::ranges::find(members, name, &std::pair<std::string, Json>::first);
    return found == members.end() ? nullptr : &found->second;
}

void Json::erase(std::string_view name) {
    std::erase_if(members, [&](const auto& member) { return member.first == name; });
}

Json random_object(Random& random, int levels) {
    Json object;
    object.kind = Kind::object;
    for (const auto name : names)
        if (pick(random, 3) == 0) object.members.emplace_back(name, random_value(random, levels));
    // now and then larger than what is searched member by member
    if (pick(random, 8) == 0)
        for (int i = 0; i < 30; ++i) object.members.emplace_back("field_" + std::to_string(i), random_scalar(random));
    return object;
}

Json mutated(Json document, Random& random) {
    if (pick(random, 10) == 0) return document;
    mutate_object(document, random);
    return document;
}

std::string canonical(const Json& json) {
    switch (json.kind) {
        case Kind::null:
            return "null";
        case Kind::boolean:
            return json.truth ? "true" : "false";
        case Kind::number:
            return reduced_number(json.mantissa, json.exponent);
        case Kind::string:
            return quoted(json.text, nullptr);
        case Kind::list:
            return joined('[', json.items, ']', [](const Json& item) { return canonical(item); });
        case Kind::object:
            break;
    }
    auto members = json.members;
    std::ranges::sort(members, {}, &std::pair<std::string, Json>::first);
    return joined('{', members, '}',
                  [](const auto& m) { return quoted(m.first, nullptr) + ":" + canonical(m.second); });
}

std::string spelled(const Json& json, Random& random) {
    if (json.kind == Kind::number) return spelled_number(json, random);
    if (json.kind == Kind::string) return quoted(json.text, &random);
    if (json.kind == Kind::list)
        return joined('[', json.items, ']', [&](const Json& item) { return space(random) + spelled(item, random); });
    if (json.kind != Kind::object) return canonical(json);
    auto members = json.members;
    if (pick(random, 2) == 0)
        for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[pick(random, i)]);
    return joined('{', members, '}', [&](const auto& member) {
        return space(random) + quoted(member.first, &random) + space(random) + ":" + spelled(member.second, random);
    });
}

Json* resolve(Json& document, std::string_view pointer) {
    auto* at = &document;
    for (const auto& token : tokens_of(pointer)) at = step(at, token);
    return at;
}

void apply(std::string_view pointer, Json& from, Json& to) {
    const auto* value = resolve(from, pointer);
    if (auto* place = resolve(to, pointer); place != nullptr && value != nullptr) {
        *place = *value;
        return;
    }
    auto* parent = resolve(to, pointer.substr(0, pointer.rfind('/')));
    const auto name = tokens_of(pointer).back();
    if (value == nullptr)
        parent->erase(name);
    else
        parent->members.emplace_back(name, *value);
}

}  // namespace tributary::testing
