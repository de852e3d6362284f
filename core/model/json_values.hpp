#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary {

/// What RapidJSON's readers tell of scalars, on a stack in an arena; false ends the parse. How numbers are read
/// (RawNumber: they come as text), and what makes objects and lists of what is on the stack, is the derived class's.
class JsonValues {
  public:
    using Ch = char;

    Value result() const { return values_.back(); }

    bool Null() { return push(Value::null()); }
    bool Bool(bool b) { return push(Value::of(b)); }
    bool String(const char* text, unsigned size, bool) { return push(Value::text(arena_->copy({text, size}))); }
    // never called: numbers come as text
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

  protected:
    void begin(Arena& arena) {
        arena_ = &arena;
        values_.clear();
    }
    Arena& arena() { return *arena_; }
    bool push(const Value& value) {
        values_.push_back(value);
        return true;
    }
    /// The last ones, off the stack and into the arena.
    std::span<const Value> take(std::size_t count) {
        auto kept = arena_->array<Value>(count);
        std::copy(values_.end() - static_cast<std::ptrdiff_t>(count), values_.end(), kept.begin());
        values_.resize(values_.size() - count);
        return kept;
    }

    std::vector<Value> values_;

  private:
    Arena* arena_ = nullptr;
};

}  // namespace tributary
