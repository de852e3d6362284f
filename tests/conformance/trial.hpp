#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings/yaml.hpp"
#include "tests/conformance/report.hpp"
#include "tests/conformance/subject.hpp"

namespace tributary::conformance {

/// A fresh subject, what is done to it, and where violations go.
class Trial {
  public:
    Trial(const MakeSubject& make, Report& report) : subject_(make()), report_(report) {}

    Subject& subject() { return *subject_; }
    std::shared_ptr<Subject> shared_subject() { return subject_; }
    std::vector<std::string> streams() const;
    bool offers(std::string_view call) const;

    void breaks(Rule rule, std::string what) { report_.add(rule, std::move(what)); }
    bool broken(Rule rule) const { return report_.has(rule); }
    /// Looks for secrets in something the connector said.
    void heard(std::string_view text, std::string_view where);
    void heard(const Error& error);

    /// To every stream, `count` rows: each committed alone with a stamp of its own, or all together.
    void insert_one_by_one(int count);
    void insert_together(int count, Stamp stamp = Stamp::next, std::size_t bytes = 0);
    /// Updates the first rows of every stream, where the subject can.
    void update_some();

  private:
    std::string new_text(std::size_t bytes = 0);

    std::shared_ptr<Subject> subject_;
    Report& report_;
    int texts_ = 0;
};

/// One start of the process: the configuration is read and the source made, nothing is connected yet.
class Run {
  public:
    Run(Trial& trial, const Configuration& configuration);

    /// Null when the configuration was refused.
    Source* source() { return source_.get(); }
    const std::string& complaints() const { return complaints_; }
    bool refused() const { return refused_; }

  private:
    Node parse(const std::string& yaml);

    std::shared_ptr<Subject> subject_;  ///< A pull that was given up may still use it.
    YamlFiles files_;
    Diagnostics diagnostics_;
    Node source_node_;
    std::vector<Node> stream_nodes_;
    std::unique_ptr<Source> source_;
    std::string complaints_;
    bool refused_ = false;
};

/// A start that must succeed; null after a violation.
std::shared_ptr<Run> start(Trial& trial);

}  // namespace tributary::conformance
