#include "core/mapping/contact.hpp"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <functional>

namespace tributary::mapping {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string e164(const std::string& text, const std::string& region) {
    const PhoneNumberUtil& phones = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (phones.Parse(text, region.empty() ? "ZZ" : region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return {};
    if (number.has_extension() || !phones.IsValidNumber(number)) return {};
    std::string result;
    phones.Format(number, PhoneNumberUtil::E164, &result);
    return result;
}

bool is_local_part(std::string_view local) {
    static constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
    const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos; };
    return !local.empty() && local.size() <= 64 && std::ranges::all_of(local, allowed) && !local.starts_with('.') &&
           !local.ends_with('.') && local.find("..") == std::string_view::npos;
}

bool is_label(std::string_view label) {
    const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, allowed) && !label.starts_with('-') &&
           !label.ends_with('-');
}

bool is_domain(std::string_view domain) {
    std::size_t labels = 1;
    for (std::size_t dot; (dot = domain.find('.')) != std::string_view::npos; ++labels) {
        if (!is_label(domain.substr(0, dot))) return false;
        domain.remove_prefix(dot + 1);
    }
    return labels > 1 && is_label(domain) && domain.size() > 1 && is_letter(domain[0]);
}

}  // namespace

struct PhoneReader::Cache {
    struct Entry {
        std::string text;
        std::string e164;
    };
    std::array<Entry, 4096> entries;
};

PhoneReader::PhoneReader(std::string region) : region_(std::move(region)), cache_(std::make_unique<Cache>()) {}
PhoneReader::~PhoneReader() = default;

std::optional<std::string_view> PhoneReader::read(std::string_view text, Arena& arena) {
    Cache::Entry& entry = cache_->entries[std::hash<std::string_view>()(text) % cache_->entries.size()];
    if (entry.text != text) {
        entry.text = text;
        entry.e164 = e164(entry.text, region_);
    }
    if (entry.e164.empty()) return std::nullopt;
    return arena.copy(entry.e164);
}

bool PhoneReader::is_region(std::string_view code) {
    return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(std::string(code)) != 0;
}

std::optional<std::string_view> read_email(std::string_view text, Arena& arena) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || text.size() > 254) return std::nullopt;
    if (!is_local_part(text.substr(0, at)) || !is_domain(text.substr(at + 1))) return std::nullopt;
    auto kept = arena.array<char>(text.size());
    std::ranges::copy(text.substr(0, at + 1), kept.begin());
    std::ranges::transform(text.substr(at + 1), kept.begin() + static_cast<std::ptrdiff_t>(at + 1), lower);
    return std::string_view(kept.data(), kept.size());
}

}  // namespace tributary::mapping
