#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tributary::testing {

using Random = std::mt19937_64;

/// Evenly from 0 to `below` - 1, the same on every platform.
inline std::size_t pick(Random& random, std::size_t below) { return random() % below; }

/// A document as a model that knows no spelling; what change detection is measured against.
struct Json {
    enum class Kind { null, boolean, number, string, list, object };

    Kind kind = Kind::null;
    bool truth = false;
    std::int64_t mantissa = 0;  ///< Of a number: mantissa × 10^exponent.
    int exponent = 0;
    std::string text;
    std::vector<Json> items;
    std::vector<std::pair<std::string, Json>> members;

    Json* find(std::string_view name);
    void erase(std::string_view name);
};

Json random_object(Random& random, int levels);

/// `document` with something in it added, removed, replaced or left as it is.
Json mutated(Json document, Random& random);

/// One text for each content: members by name, numbers reduced.
std::string canonical(const Json& json);

/// One of the many texts of the content: any order of members, number spelling, escapes and white space.
std::string spelled(const Json& json, Random& random);

/// What an RFC 6901 pointer leads to, or null.
Json* resolve(Json& document, std::string_view pointer);

/// Puts what `pointer` leads to in `from` into `to`, or removes it from there.
void apply(std::string_view pointer, Json& from, Json& to);

}  // namespace tributary::testing
