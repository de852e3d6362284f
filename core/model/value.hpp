#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// What a connector found in a column, before any mapping.
enum class Kind : std::uint8_t {
    null,
    unchanged,  ///< A log did not repeat it (unchanged TOAST): the last state holds; never the same as null.
    boolean,
    integer,  ///< 64-bit signed. A larger one is a decimal.
    decimal,  ///< Exact, of any length, as text: [-]digits[.digits], not necessarily canonical, no exponent.
    real,     ///< Binary floating point; never a key.
    text,     ///< As the source has it; UTF-8 is checked by the mapping, which rejects the row when it is not.
    bytes,    ///< Raw bytes.
    date,     ///< Days since 1970-01-01, proleptic Gregorian. Has no zone and never gets one.
    instant,  ///< Microseconds since 1970-01-01T00:00:00Z.
    naive,    ///< Microseconds of a wall clock without a zone, counted as if it were UTC.
    uuid,     ///< Text, any case.
    json,     ///< JSON text, parsed by the mapping only where a path goes into it.
    list,
    object,
};

struct Value;

/// A number no other shape of this process ever had: what is remembered about a shape must not be mistaken for
/// another one that was later made at the same address. A copy, also a moved one, is another shape.
class ShapeSerial {
  public:
    ShapeSerial() : value_(next_.fetch_add(1, std::memory_order_relaxed)) {}
    ShapeSerial(const ShapeSerial&) : ShapeSerial() {}
    ShapeSerial& operator=(const ShapeSerial&) {
        value_ = next_.fetch_add(1, std::memory_order_relaxed);
        return *this;
    }
    std::uint64_t value() const { return value_; }

  private:
    inline static std::atomic<std::uint64_t> next_ = 1;
    std::uint64_t value_;
};

/// The field names of objects with the same columns. Shared by all rows of a result, so that a compiled mapping
/// looks a name up once per shape and by index afterwards. Lives as long as the batch; its names never change once a
/// row has it.
struct Shape {
    std::vector<std::string> names;
    ShapeSerial serial = {};

    /// Index of `name`, or -1.
    int find(std::string_view name) const {
        for (std::size_t i = 0; i < names.size(); ++i)
            if (names[i] == name) return static_cast<int>(i);
        return -1;
    }
};

/// Field values in the order of the shape's names.
struct Object {
    const Shape* shape = nullptr;
    const Value* values = nullptr;

    std::size_t size() const { return shape ? shape->names.size() : 0; }
};

/// A view: what it points to lives in the batch's arena. 16 bytes, trivially copyable.
struct Value {
    Kind kind = Kind::null;
    std::uint32_t size = 0;  ///< Bytes of a text kind, elements of a list.
    union {
        bool boolean;
        std::int64_t integer;  ///< Also days (date) and microseconds (instant, naive).
        double real;
        const char* data;
        const Value* elements;
        const Object* object;
    };

    constexpr Value() : integer(0) {}

    static Value null() { return {}; }
    static Value unchanged() { return scalar(Kind::unchanged, 0); }
    static Value of(bool b) {
        Value v;
        v.kind = Kind::boolean;
        v.boolean = b;
        return v;
    }
    static Value of(std::int64_t i) { return scalar(Kind::integer, i); }
    static Value of_real(double d) {
        Value v;
        v.kind = Kind::real;
        v.real = d;
        return v;
    }
    static Value date(std::int64_t days) { return scalar(Kind::date, days); }
    static Value instant(std::int64_t micros) { return scalar(Kind::instant, micros); }
    static Value naive(std::int64_t micros) { return scalar(Kind::naive, micros); }
    static Value text(std::string_view t) { return bytes_of(Kind::text, t); }
    static Value decimal(std::string_view t) { return bytes_of(Kind::decimal, t); }
    static Value bytes(std::string_view t) { return bytes_of(Kind::bytes, t); }
    static Value uuid(std::string_view t) { return bytes_of(Kind::uuid, t); }
    static Value json(std::string_view t) { return bytes_of(Kind::json, t); }
    static Value list(std::span<const Value> elements) {
        Value v;
        v.kind = Kind::list;
        v.size = static_cast<std::uint32_t>(elements.size());
        v.elements = elements.data();
        return v;
    }
    static Value of(const Object* object) {
        Value v;
        v.kind = Kind::object;
        v.object = object;
        return v;
    }

    bool is_null() const { return kind == Kind::null; }
    bool has_text() const {
        return kind == Kind::text || kind == Kind::decimal || kind == Kind::bytes || kind == Kind::uuid ||
               kind == Kind::json;
    }
    /// Only where `has_text()`.
    std::string_view view() const { return {data, size}; }
    /// Only where `kind == Kind::list`.
    std::span<const Value> items() const { return {elements, size}; }

  private:
    static Value scalar(Kind kind, std::int64_t i) {
        Value v;
        v.kind = kind;
        v.integer = i;
        return v;
    }
    static Value bytes_of(Kind kind, std::string_view t) {
        Value v;
        v.kind = kind;
        v.size = static_cast<std::uint32_t>(t.size());
        v.data = t.data();
        return v;
    }
};

static_assert(sizeof(Value) == 16);

std::string_view name_of(Kind kind);

}  // namespace tributary
