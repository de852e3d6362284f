#include <algorithm>
#include <utility>

#include "core/change/change.hpp"
#include "core/change/document_tree.hpp"
#include "core/change/number.hpp"

namespace tributary {
namespace {

using Kind = DocumentNode::Kind;

constexpr std::string_view status_pointer = "/status";
/// One enormous change must not hold its memory for ever.
constexpr std::size_t most_spare = 256;

/// A way down into a document, linked upwards through the frames of the recursion: it becomes text only where
/// something differs.
struct Path {
    const Path* parent = nullptr;
    std::string_view name;  ///< Of a member.
    std::size_t index = 0;  ///< Of an element.
    bool is_element = false;

    static Path member(const Path* parent, std::string_view name) { return {parent, name, 0, false}; }
    static Path element(const Path* parent, std::size_t index) { return {parent, {}, index, true}; }
};

/// RFC 6901.
void append_escaped(std::string& pointer, std::string_view name) {
    for (const char c : name) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
}

void append(std::string& pointer, const Path* path) {
    if (path == nullptr) return;
    append(pointer, path->parent);
    pointer += '/';
    if (path->is_element)
        pointer += std::to_string(path->index);
    else
        append_escaped(pointer, path->name);
}

/// Pointers as text, in strings that are used again; those not needed now are kept in `spare`.
class Pointers {
  public:
    Pointers(std::vector<std::string>& texts, std::vector<std::string>& spare) : texts_(texts), spare_(spare) {}

    void add(const Path* path) {
        auto& text = next();
        text.clear();
        append(text, path);
    }
    void take(std::string& text) { next().swap(text); }
    bool empty() const { return used_ == 0; }
    std::size_t size() const { return used_; }
    void finish() {
        for (; texts_.size() > used_; texts_.pop_back())
            if (spare_.size() < most_spare) spare_.push_back(std::move(texts_.back()));
    }

  private:
    std::string& next() {
        if (used_ == texts_.size()) refill();
        return texts_[used_++];
    }

    void refill() {
        if (spare_.empty()) {
            texts_.emplace_back();
        } else {
            texts_.push_back(std::move(spare_.back()));
            spare_.pop_back();
        }
    }

    std::vector<std::string>& texts_;
    std::vector<std::string>& spare_;
    std::size_t used_ = 0;
};

bool is_status(std::string_view pointer) {
    if (!pointer.starts_with(status_pointer)) return false;
    return pointer.size() == status_pointer.size() || pointer[status_pointer.size()] == '/';
}

/// One comparison of two trees. Recursion is bounded by `DocumentTree::most_levels`.
class Difference {
  public:
    Difference(const DocumentTree& before, const DocumentTree& after, Pointers& changed, Pointers& gone)
        : before_(before), after_(after), changed_(changed), gone_(gone) {}

    void values(const DocumentNode& before, const DocumentNode& after, const Path* path) {
        if (before.kind != after.kind) return changed_.add(path);
        switch (after.kind) {
            case Kind::null:
                return;
            case Kind::boolean:
                return changed_if(before.truth != after.truth, path);
            case Kind::number:
                return changed_if(!same_number(before.text, after.text), path);
            case Kind::string:
                return changed_if(before.text != after.text, path);
            case Kind::array:
                return elements(before, after, path);
            case Kind::object:
                return members(before, after, path);
        }
    }

    /// Before or after cannot be read: nothing of one corresponds to anything of the other.
    void everything() {
        for (const auto& member : after_.children(after_.root())) {
            const auto path = Path::member(nullptr, member.name);
            changed_.add(&path);
        }
        if (changed_.empty()) changed_.add(nullptr);
    }

  private:
    void changed_if(bool differs, const Path* path) {
        if (differs) changed_.add(path);
    }

    void elements(const DocumentNode& before, const DocumentNode& after, const Path* path) {
        if (before.count != after.count) return changed_.add(path);
        const auto old_elements = before_.children(before);
        const auto new_elements = after_.children(after);
        for (std::size_t i = 0; i < new_elements.size(); ++i) {
            const auto element = Path::element(path, i);
            values(old_elements[i], new_elements[i], &element);
        }
    }

    void members(const DocumentNode& before, const DocumentNode& after, const Path* path) {
        const auto old_members = before_.children(before);
        std::size_t expected = 0;
        std::size_t kept = 0;
        for (const auto& member : after_.children(after)) {
            const auto to_member = Path::member(path, member.name);
            const auto* old_member = before_.find(before, member.name, expected);
            if (old_member == nullptr) {
                changed_.add(&to_member);
                continue;
            }
            expected = static_cast<std::size_t>(old_member - old_members.data()) + 1;
            ++kept;
            values(*old_member, member, &to_member);
        }
        if (kept != old_members.size()) gone_members(before, after, path);
    }

    void gone_members(const DocumentNode& before, const DocumentNode& after, const Path* path) {
        std::size_t expected = 0;
        for (const auto& member : before_.children(before)) {
            const auto to_member = Path::member(path, member.name);
            if (after_.find(after, member.name, expected) == nullptr)
                gone_.add(&to_member);
            else
                ++expected;
        }
    }

    const DocumentTree& before_;
    const DocumentTree& after_;
    Pointers& changed_;
    Pointers& gone_;
};

}  // namespace

struct ChangeDetector::State {
    DocumentTree before;
    DocumentTree after;
    std::vector<std::string> gone;
    std::vector<std::string> spare;
};

ChangeDetector::ChangeDetector() : state_(std::make_unique<State>()) {}
ChangeDetector::ChangeDetector(ChangeDetector&&) noexcept = default;
ChangeDetector& ChangeDetector::operator=(ChangeDetector&&) noexcept = default;
ChangeDetector::~ChangeDetector() = default;

bool ChangeDetector::compare(std::string_view before, std::string_view after, Change& change) {
    if (before == after) return false;
    if (before.empty() || after.empty()) {
        change.type = before.empty() ? ChangeType::created : ChangeType::deleted;
        Pointers(change.changed, state_->spare).finish();
        return true;
    }
    Pointers changed(change.changed, state_->spare);
    Pointers gone(state_->gone, state_->spare);
    Difference difference(state_->before, state_->after, changed, gone);
    const bool before_read = state_->before.read(before);
    const bool after_read = state_->after.read(after);
    if (before_read && after_read)
        difference.values(state_->before.root(), state_->after.root(), nullptr);
    else
        difference.everything();
    for (std::size_t i = 0, count = gone.size(); i < count; ++i) changed.take(state_->gone[i]);
    changed.finish();
    change.type = std::ranges::any_of(change.changed, is_status) ? ChangeType::status_changed : ChangeType::updated;
    return !change.changed.empty();
}

bool compare(std::string_view before, std::string_view after, Change& change) {
    if (before == after) return false;
    return ChangeDetector().compare(before, after, change);
}

std::string_view name_of(ChangeType type) {
    switch (type) {
        case ChangeType::created:
            return "created";
        case ChangeType::updated:
            return "updated";
        case ChangeType::status_changed:
            return "status_changed";
        case ChangeType::deleted:
            return "deleted";
    }
    return {};
}

}  // namespace tributary
