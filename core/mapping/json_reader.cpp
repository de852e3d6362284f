#include "core/mapping/json_reader.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "core/model/json_number.hpp"
#include "core/model/json_values.hpp"

namespace tributary::mapping {
namespace {

constexpr std::size_t most_shapes = 4096;
constexpr unsigned flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

/// Shapes by their names.
class Shapes {
  public:
    /// nullptr when a name is there twice.
    const Shape* find(std::span<const std::string_view> names) {
        std::size_t hash = names.size();
        for (const std::string_view name : names) hash = hash * 31 + std::hash<std::string_view>()(name);
        const auto [from, to] = shapes_.equal_range(hash);
        for (auto at = from; at != to; ++at)
            if (std::ranges::equal(at->second->names, names)) return at->second.get();
        return add(hash, names);
    }
    std::size_t size() const { return shapes_.size(); }
    void clear() { shapes_.clear(); }

  private:
    const Shape* add(std::size_t hash, std::span<const std::string_view> names) {
        std::vector<std::string_view> sorted(names.begin(), names.end());
        std::ranges::sort(sorted);
        if (std::ranges::adjacent_find(sorted) != sorted.end()) return nullptr;
        auto shape = std::make_unique<Shape>();
        shape->names.assign(names.begin(), names.end());
        return shapes_.emplace(hash, std::move(shape))->second.get();
    }

    std::unordered_multimap<std::size_t, std::unique_ptr<Shape>> shapes_;
};

/// RapidJSON's events, put together on two stacks; false ends the parse.
class Builder : public JsonValues {
  public:
    void begin(Arena& arena) {
        JsonValues::begin(arena);
        names_.clear();
        depth_ = 0;
    }

    bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
        const auto number = json_number({text, size}, arena());
        return number && push(*number);
    }
    bool Key(const char* text, rapidjson::SizeType size, bool) {
        names_.push_back(arena().copy({text, size}));
        return true;
    }
    bool StartObject() { return ++depth_ <= JsonReader::deepest; }
    bool StartArray() { return ++depth_ <= JsonReader::deepest; }
    bool EndArray(rapidjson::SizeType count) {
        --depth_;
        const std::span<const Value> items = take(count);
        return push(Value::list(items));
    }
    bool EndObject(rapidjson::SizeType count) {
        --depth_;
        const std::span<const Value> members = take(count);
        const Shape* shape = shapes.find(std::span(names_).last(count));
        if (shape == nullptr) return false;
        names_.resize(names_.size() - count);
        return push(Value::of(arena().copy_of(Object{shape, members.data()})));
    }

    Shapes shapes;

  private:
    std::vector<std::string_view> names_;
    int depth_ = 0;
};

}  // namespace

struct JsonReader::State {
    struct Known {
        const char* text;
        std::optional<Value> value;
    };
    rapidjson::Reader reader;
    Builder builder;
    std::vector<Known> known;
};

JsonReader::JsonReader() : state_(std::make_unique<State>()) {}
JsonReader::~JsonReader() = default;

void JsonReader::forget() {
    state_->known.clear();
    if (state_->builder.shapes.size() > most_shapes) state_->builder.shapes.clear();
}

std::optional<Value> JsonReader::read(std::string_view text, Arena& arena) {
    for (const State::Known& known : state_->known)
        if (known.text == text.data()) return known.value;
    rapidjson::MemoryStream stream(text.data(), text.size());
    state_->builder.begin(arena);
    const bool whole = !state_->reader.Parse<flags>(stream, state_->builder).IsError() && stream.Tell() == text.size();
    state_->known.push_back({text.data(), whole ? std::optional(state_->builder.result()) : std::nullopt});
    return state_->known.back().value;
}

}  // namespace tributary::mapping
