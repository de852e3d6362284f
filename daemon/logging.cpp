#include "daemon/logging.hpp"

#include <memory>

#include "core/settings/redact.hpp"

namespace tributary {

void start_redacted_log(LogFormat format, LogLevel level, const Configuration& configuration) {
    auto redactor = std::make_shared<Redactor>(configuration.secrets());
    LogSettings settings;
    settings.format = format;
    settings.level = level;
    settings.redact = [redactor](std::string& text) {
        if (redactor->touches(text)) text = redactor->redact(std::move(text));
    };
    start_log(std::move(settings));
}

}  // namespace tributary
