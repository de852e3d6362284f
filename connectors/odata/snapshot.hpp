#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/kit/walk/mark.hpp"
#include "core/connector/connector.hpp"
#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::odata {

/// All rows of a source that cannot be asked for a part of them, in the order of their keys, while a walk takes them
/// page by page.
class Snapshot {
  public:
    /// `of` names the question; `rows` are objects, whose memory and shapes stay here.
    void fill(std::string of, Arena arena, std::vector<std::shared_ptr<const Shape>> shapes,
              std::span<const Value> rows, std::span<const std::string> key);
    void clear();
    bool is_of(const std::string& question) const { return of_ == question; }

    /// Copies rows behind a key to `arena`, one at least and no more than the limits allow. True: there are more.
    bool take(std::span<const walk::Mark> behind, const Feed::Limits& limits, Arena& arena,
              std::vector<Value>& to) const;
    /// The row of a key, by its canonical texts; nothing: there is none.
    std::optional<Value> find(std::span<const std::string> key, Arena& arena) const;
    std::span<const std::shared_ptr<const Shape>> shapes() const { return shapes_; }

  private:
    struct Entry {
        std::string key;
        Value row;
    };

    Arena arena_;
    std::vector<std::shared_ptr<const Shape>> shapes_;
    std::vector<Entry> entries_;
    std::string of_;  ///< Empty: of nothing.
};

/// With everything it refers to but shapes.
Value copied(const Value& value, Arena& arena);

}  // namespace tributary::odata
