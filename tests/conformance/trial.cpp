#include "tests/conformance/trial.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tributary::conformance {

std::vector<std::string> Trial::streams() const {
    std::vector<std::string> names;
    for (const auto& [name, options] : subject_->configuration().streams) names.push_back(name);
    return names;
}

bool Trial::offers(std::string_view call) const {
    const auto offered = subject_->connector().offers();
    return std::find(offered.begin(), offered.end(), call) != offered.end();
}

void Trial::heard(std::string_view text, std::string_view where) {
    for (const std::string& secret : subject_->secrets())
        if (text.find(secret) != std::string_view::npos) breaks(Rule::secret_leaked, "in " + std::string(where));
}

void Trial::heard(const Error& error) {
    heard(error.code, "the code of an error");
    heard(error.what, "the error " + error.code);
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (error.code.empty() || !std::all_of(error.code.begin(), error.code.end(), plain))
        breaks(Rule::error_unclassed, "the code '" + error.code + "' is not lower_snake_case");
    if (error.what.empty()) breaks(Rule::error_unclassed, error.code + " says nothing");
}

std::string Trial::new_text(std::size_t bytes) {
    std::string text = "text " + std::to_string(++texts_);
    if (text.size() < bytes) text.resize(bytes, 'x');
    return text;
}

void Trial::insert_one_by_one(int count) {
    for (int i = 0; i < count; ++i) insert_together(1);
}

void Trial::insert_together(int count, Stamp stamp, std::size_t bytes) {
    for (const std::string& stream : streams()) {
        std::vector<std::string> texts(static_cast<std::size_t>(count));
        for (std::string& text : texts) text = new_text(bytes);
        subject_->insert(stream, texts, stamp);
    }
}

void Trial::update_some() {
    for (const std::string& stream : streams()) {
        int left = 3;
        for (const auto& [key, text] : subject_->rows(stream))
            if (left-- == 0 || !subject_->update(stream, key, new_text())) break;
    }
}

Run::Run(Trial& trial, const Configuration& configuration) : subject_(trial.shared_subject()) {
    const Connector& connector = subject_->connector();
    SourceSettings settings;
    settings.name = "source";
    source_node_ = parse(configuration.source);
    settings.settings = read_settings(source_node_, connector.source_options(), diagnostics_, "a source");
    stream_nodes_.reserve(configuration.streams.size());
    for (const auto& [name, options] : configuration.streams)
        settings.streams.push_back({.name = name,
                                    .settings = read_settings(stream_nodes_.emplace_back(parse(options)),
                                                              connector.stream_options(), diagnostics_, "a stream"),
                                    .columns = {subject_->text_column()},
                                    .time_zone = configuration.time_zone});
    if (!diagnostics_.has_errors()) source_ = connector.configure(settings, diagnostics_);
    refused_ = diagnostics_.has_errors();
    complaints_ = diagnostics_.text();
    trial.heard(complaints_, "what is said about a configuration");
    if (refused_ == (source_ != nullptr))
        trial.breaks(Rule::configuration_misread, "a source comes with errors, or neither of them: " + complaints_);
}

Node Run::parse(const std::string& yaml) {
    return files_.parse(
        yaml, "conformance.yaml", [](std::string_view) { return std::nullopt; }, diagnostics_);
}

std::shared_ptr<Run> start(Trial& trial) {
    auto run = std::make_shared<Run>(trial, trial.subject().configuration());
    if (run->source() && !run->source()->feeds().empty()) return run;
    trial.breaks(Rule::configuration_misread, "the subject's configuration makes no feed: " + run->complaints());
    return nullptr;
}

}  // namespace tributary::conformance
