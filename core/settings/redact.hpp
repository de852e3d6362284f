#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// Keeps secrets out of logs and error texts: every known secret, the password in `scheme://user:password@host` and
/// what follows `password=` become `***`. Immutable, so that log sinks of all threads may share it.
class Redactor {
  public:
    /// A shorter secret is left alone: `***` in the middle of ordinary words would hide more than the secret.
    static constexpr std::size_t least_bytes = 4;

    Redactor() = default;
    /// Secrets are also recognised as they look inside JSON and URLs, and multi-line ones line by line.
    explicit Redactor(const std::vector<std::string>& secrets);

    /// One pass, no allocation.
    bool touches(std::string_view text) const;
    /// Hands `text` back as it came when there is nothing to replace.
    std::string redact(std::string text) const;

  private:
    void add(std::string secret);
    /// Of the longest secret `text` starts with; 0: none.
    std::size_t secret_length(std::string_view text) const;

    std::vector<std::string> secrets_;  ///< Longest first.
    std::bitset<256> first_bytes_;
};

}  // namespace tributary
