#include "core/mapping/codes.hpp"

#include <unicode/ucurr.h>
#include <unicode/uloc.h>

#include <array>
#include <vector>

namespace tributary::mapping {
namespace {

constexpr std::size_t letters = 26;

/// Codes of so many letters, each at the place its letters count up to.
template <std::size_t Length>
class Codes {
  public:
    Codes() : codes_(place_after_last()) {}

    void add(std::string_view code) {
        if (const std::size_t place = place_of(code); place < codes_.size())
            for (std::size_t i = 0; i < Length; ++i) codes_[place][i] = code[i];
    }

    std::string_view find(std::string_view written) const {
        const std::size_t place = place_of(written);
        if (place >= codes_.size() || codes_[place].front() == 0) return {};
        return {codes_[place].data(), Length};
    }

  private:
    static constexpr std::size_t place_after_last() {
        std::size_t places = 1;
        for (std::size_t i = 0; i < Length; ++i) places *= letters;
        return places;
    }

    static std::size_t place_of(std::string_view code) {
        if (code.size() != Length) return place_after_last();
        std::size_t place = 0;
        for (const char c : code) {
            const char capital = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            if (capital < 'A' || capital > 'Z') return place_after_last();
            place = place * letters + static_cast<std::size_t>(capital - 'A');
        }
        return place;
    }

    std::vector<std::array<char, Length>> codes_;
};

Codes<2> read_countries() {
    Codes<2> all;
    for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) all.add(*code);
    return all;
}

Codes<3> read_currencies() {
    Codes<3> all;
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration* codes = ucurr_openISOCurrencies(UCURR_ALL, &status);
    if (U_FAILURE(status)) return all;
    for (int size = 0; const char* code = uenum_next(codes, &size, &status);)
        all.add({code, static_cast<std::size_t>(size)});
    uenum_close(codes);
    return all;
}

}  // namespace

std::string_view country_code(std::string_view written) {
    static const Codes<2> known = read_countries();
    return known.find(written);
}

std::string_view currency_code(std::string_view written) {
    static const Codes<3> known = read_currencies();
    return known.find(written);
}

}  // namespace tributary::mapping
