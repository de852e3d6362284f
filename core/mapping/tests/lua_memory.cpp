#include "core/mapping/lua_memory.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace tributary::mapping {
namespace {

constexpr LuaMemory::Limits plenty{.held = 1'000'000, .asked = 10'000'000};

TEST_CASE("a small block that was given back is the next one of its size", "[lua]") {
    LuaMemory memory(plenty);
    for (const std::size_t size : {std::size_t{1}, std::size_t{40}, std::size_t{512}}) {
        CAPTURE(size);
        void* const block = memory.resize(nullptr, 0, size);
        CHECK(reinterpret_cast<std::uintptr_t>(block) % 16 == 0);
        CHECK(memory.resize(block, size, 0) == nullptr);
        CHECK(memory.resize(nullptr, 0, size) == block);
    }
}

TEST_CASE("a block keeps its content however its size changes", "[lua]") {
    LuaMemory memory(plenty);
    std::string content = "0123456789";
    auto* block = static_cast<char*>(memory.resize(nullptr, 0, content.size()));
    std::memcpy(block, content.data(), content.size());
    std::size_t now = content.size();
    for (const std::size_t next : {12U, 40U, 512U, 513U, 5000U, 90'000U, 600U, 500U, 17U, 10U}) {
        CAPTURE(now, next);
        block = static_cast<char*>(memory.resize(block, now, next));
        REQUIRE(block != nullptr);
        CHECK(std::string(block, content.size()) == content);
        now = next;
    }
    memory.resize(block, now, 0);
}

TEST_CASE("blocks do not overlap", "[lua]") {
    LuaMemory memory(plenty);
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t i = 0; i < 500; ++i) {
        const std::size_t size = 1 + i * 7 % 600;
        auto* block = static_cast<unsigned char*>(memory.resize(nullptr, 0, size));
        std::memset(block, static_cast<int>(i % 251), size);
        blocks.emplace_back(block, size);
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto [block, size] = blocks[i];
        const bool whole = std::all_of(block, block + size, [&](unsigned char byte) { return byte == i % 251; });
        CHECK(whole);
        memory.resize(block, size, 0);
    }
}

TEST_CASE("a call gets no more than its limits, and what it gave back counts as asked for", "[lua]") {
    LuaMemory memory({.held = 1000, .asked = 2500});
    void* const before = memory.resize(nullptr, 0, 5000);
    REQUIRE(before != nullptr);
    memory.resize(before, 5000, 0);
    memory.begin_call();
    CHECK(memory.resize(nullptr, 0, 1001) == nullptr);
    memory.begin_call();
    for (int i = 0; i < 2; ++i) {
        void* const block = memory.resize(nullptr, 0, 1000);
        REQUIRE(block != nullptr);
        CHECK(memory.resize(nullptr, 0, 1) == nullptr);
        memory.resize(block, 1000, 0);
    }
    CHECK(memory.resize(nullptr, 0, 600) == nullptr);
    memory.end_call();
    void* const after = memory.resize(nullptr, 0, 5000);
    REQUIRE(after != nullptr);
    memory.resize(after, 5000, 0);
}

}  // namespace
}  // namespace tributary::mapping
