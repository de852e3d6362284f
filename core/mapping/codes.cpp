#include "core/mapping/codes.hpp"

#include <unicode/ucurr.h>
#include <unicode/uloc.h>

#include <algorithm>
#include <bitset>

namespace tributary::mapping {
namespace {

constexpr std::size_t letters = 26;

bool are_capitals(std::string_view code) {
    return std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::size_t place_of(std::string_view code) {
    std::size_t place = 0;
    for (const char c : code) place = place * letters + static_cast<std::size_t>(c - 'A');
    return place;
}

using Countries = std::bitset<letters * letters>;
using Currencies = std::bitset<letters * letters * letters>;

Countries read_countries() {
    Countries all;
    for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) all.set(place_of(*code));
    return all;
}

Currencies read_currencies() {
    Currencies all;
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration* codes = ucurr_openISOCurrencies(UCURR_ALL, &status);
    if (U_FAILURE(status)) return all;
    for (int size = 0; const char* code = uenum_next(codes, &size, &status);)
        if (size == 3 && are_capitals(code)) all.set(place_of(code));
    uenum_close(codes);
    return all;
}

}  // namespace

bool is_country(std::string_view code) {
    static const Countries known = read_countries();
    return code.size() == 2 && are_capitals(code) && known[place_of(code)];
}

bool is_currency(std::string_view code) {
    static const Currencies known = read_currencies();
    return code.size() == 3 && are_capitals(code) && known[place_of(code)];
}

}  // namespace tributary::mapping
