#include "connectors/kit/http/json_decoder.hpp"

#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/model/json_number.hpp"
#include "core/model/json_values.hpp"

namespace tributary::http {
namespace {

constexpr std::size_t most_names = 100'000;  ///< Of all shapes that are remembered.
constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                           rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

using Names = std::vector<std::string_view>;

/// A shape, and which one each of its members had when it last was an object (or a list of them): what comes next is
/// nearly always the same again.
struct KnownShape {
    std::shared_ptr<const Shape> shape;
    std::vector<KnownShape*> members;
    bool repeats = false;  ///< A name is there twice: no object is given this one.
    std::uint64_t taken = 0;
};

class Shapes {
  public:
    KnownShape* find(const Names& names, std::size_t from) {
        const std::span<const std::string_view> wanted = std::span(names).subspan(from);
        std::size_t hash = wanted.size();
        for (const std::string_view name : wanted) hash = hash * 31 + std::hash<std::string_view>()(name);
        const auto [begin, end] = known_.equal_range(hash);
        for (auto at = begin; at != end; ++at)
            if (std::ranges::equal(at->second->shape->names, wanted)) return at->second.get();
        return add(hash, wanted);
    }
    std::size_t names() const { return names_; }
    void clear() {
        known_.clear();
        names_ = 0;
    }

  private:
    KnownShape* add(std::size_t hash, std::span<const std::string_view> names) {
        auto known = std::make_unique<KnownShape>();
        auto shape = std::make_shared<Shape>();
        shape->names.assign(names.begin(), names.end());
        known->members.resize(names.size());
        names_ += names.size() + 1;
        Names sorted(names.begin(), names.end());
        std::ranges::sort(sorted);
        known->repeats = std::ranges::adjacent_find(sorted) != sorted.end();
        known->shape = std::move(shape);
        return known_.emplace(hash, std::move(known))->second.get();
    }

    std::unordered_multimap<std::size_t, std::unique_ptr<KnownShape>> known_;
    std::size_t names_ = 0;
};

/// RapidJSON's events, put together on stacks; false ends the parse.
class Builder : public JsonValues {
  public:
    void begin(Arena& arena) {
        JsonValues::begin(arena);
        names_.clear();
        open_.clear();
        if (shapes_.names() <= most_names) return;
        shapes_.clear();
        root_ = elsewhere_ = nullptr;
    }
    std::vector<std::shared_ptr<const Shape>> take() {
        ++batch_;
        return std::exchange(taken_, {});
    }

    bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
        const auto number = json_number({text, size}, arena());
        return push(number ? *number : Value::text(arena().copy({text, size})));
    }
    bool Key(const char* text, rapidjson::SizeType size, bool) {
        Open& object = open_.back();
        const std::string_view name(text, size);
        if (object.guess != nullptr) {
            const auto& names = object.guess->shape->names;
            if (object.count < names.size() && names[object.count] == name) {
                ++object.count;
                return true;
            }
            give_up_guess(object);
        }
        names_.push_back(name);
        ++object.count;
        return true;
    }
    bool StartObject() {
        KnownShape** const slot = slot_here();
        open_.push_back({.slot = slot, .guess = *slot, .names_from = names_.size()});
        return true;
    }
    bool StartArray() {
        open_.push_back({.slot = slot_here(), .list = true});
        return true;
    }
    bool EndArray(rapidjson::SizeType count) {
        open_.pop_back();
        return push(Value::list(JsonValues::take(count)));
    }
    bool EndObject(rapidjson::SizeType count) {
        Open& object = open_.back();
        if (object.guess != nullptr && object.guess->members.size() != count) give_up_guess(object);
        KnownShape* known = object.guess != nullptr ? object.guess : shapes_.find(names_, object.names_from);
        if (known->repeats) {
            count = drop_repeats(object.names_from, count);
            known = shapes_.find(names_, object.names_from);
        }
        names_.resize(object.names_from);
        *object.slot = known;
        open_.pop_back();
        if (std::exchange(known->taken, batch_) != batch_) taken_.push_back(known->shape);
        return push(Value::of(arena().copy_of(Object{known->shape.get(), JsonValues::take(count).data()})));
    }

  private:
    struct Open {
        KnownShape** slot = nullptr;  ///< Where the shape of this object, or of a list's, is remembered.
        KnownShape* guess = nullptr;
        std::size_t names_from = 0;
        std::size_t count = 0;
        bool list = false;
    };

    KnownShape** slot_here() {
        if (open_.empty()) return &root_;
        Open& in = open_.back();
        if (in.list) return in.slot;
        return in.guess != nullptr ? &in.guess->members[in.count - 1] : &elsewhere_;
    }

    /// The names so far were the guessed ones.
    void give_up_guess(Open& object) {
        const auto& names = object.guess->shape->names;
        for (std::size_t i = 0; i < object.count; ++i) names_.emplace_back(names[i]);
        object.guess = nullptr;
    }

    rapidjson::SizeType drop_repeats(std::size_t from, rapidjson::SizeType count) {
        const std::size_t first = values_.size() - count;
        std::unordered_map<std::string_view, std::size_t> last;
        for (std::size_t i = 0; i < count; ++i) last[names_[from + i]] = i;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (last[names_[from + i]] != i) continue;
            names_[from + kept] = names_[from + i];
            values_[first + kept] = values_[first + i];
            ++kept;
        }
        names_.resize(from + kept);
        values_.resize(first + kept);
        return static_cast<rapidjson::SizeType>(kept);
    }

    Names names_;  ///< Of the objects that are open and not as guessed; in the text that is being parsed.
    std::vector<Open> open_;
    Shapes shapes_;
    KnownShape* root_ = nullptr;
    KnownShape* elsewhere_ = nullptr;  ///< Where no slot is: always a miss, as a guess of another place.
    std::vector<std::shared_ptr<const Shape>> taken_;
    std::uint64_t batch_ = 1;
};

const Value* part_of(const Value& value, std::string_view part) {
    if (value.kind == Kind::object) {
        const int index = value.object->shape->find(part);
        return index < 0 ? nullptr : value.object->values + index;
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool fits = value.kind == Kind::list && error == std::errc() && end == part.data() + part.size();
    return fits && index < value.size ? value.elements + index : nullptr;
}

}  // namespace

struct JsonDecoder::State {
    rapidjson::Reader reader;
    Builder builder;
};

JsonDecoder::JsonDecoder() : state_(std::make_unique<State>()) {}
JsonDecoder::~JsonDecoder() = default;

std::optional<Value> JsonDecoder::decode(std::span<char> text, Arena& arena) {
    char& behind = *(text.data() + text.size());
    const char kept = std::exchange(behind, '\0');
    rapidjson::InsituStringStream stream(text.data());
    state_->builder.begin(arena);
    const bool good = !state_->reader.Parse<flags>(stream, state_->builder).IsError() && stream.Tell() == text.size();
    behind = kept;
    return good ? std::optional(state_->builder.result()) : std::nullopt;
}

std::vector<std::shared_ptr<const Shape>> JsonDecoder::take_shapes() { return state_->builder.take(); }

const Value* find_in(const Value& value, std::span<const std::string> pointer) {
    const Value* at = &value;
    for (const std::string& part : pointer)
        if (at = part_of(*at, part); at == nullptr) break;
    return at;
}

const Value* find_in(const Value& value, std::initializer_list<std::string_view> pointer) {
    const Value* at = &value;
    for (const std::string_view part : pointer)
        if (at = part_of(*at, part); at == nullptr) break;
    return at;
}

std::string_view text_in(const Value& value, std::initializer_list<std::string_view> pointer) {
    const Value* const found = find_in(value, pointer);
    return found != nullptr && found->has_text() ? found->view() : std::string_view();
}

}  // namespace tributary::http
