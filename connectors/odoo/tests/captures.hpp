#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "connectors/kit/http/json_decoder.hpp"
#include "core/model/arena.hpp"

namespace tributary::odoo::test {

/// What a real Odoo 19.0 answered (tests/lab/odoo.captures). Tests run in the checkout's root.
class Captures {
  public:
    explicit Captures(const std::string& file) {
        std::ifstream in("tests/lab/odoo.captures/" + file);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto all = decoder_.decode({text.data(), text.size()}, arena_);
        REQUIRE(all);
        all_ = *all;
    }

    const Value& at(std::initializer_list<std::string_view> path) const {
        const Value* const found = http::find_in(all_, path);
        if (found == nullptr) FAIL("no such capture: " << *path.begin());
        return *found;
    }
    const Object& all() const { return *all_.object; }

  private:
    http::JsonDecoder decoder_;
    Arena arena_;
    Value all_;
};

}  // namespace tributary::odoo::test
