#include "core/runtime/stream_roles.hpp"

namespace tributary {

namespace {

void add(StreamRoles& roles, const std::string& source, const std::string& stream,
         const std::map<std::string, StreamRole>& parts) {
    for (const auto& [part, role] : parts) {
        StreamRole& known = roles[source + "/" + (part.empty() ? stream : part_name(stream, part))];
        known = {role.shared || known.shared, role.adds};
    }
}

}  // namespace

std::map<std::string, StreamRole> roles_of(const StreamConfiguration& stream) {
    std::map<std::string, StreamRole> roles;
    for (const auto& part : stream.parts) roles[part.name] = {part.shared, part.adds};
    return roles;
}

std::set<std::string, std::less<>> joined_streams(const Configuration& configuration) {
    std::set<std::string, std::less<>> joined;
    for (const auto& source : configuration.sources)
        for (const auto& stream : source.streams)
            for (const auto& part : stream.parts)
                if (part.joined)
                    joined.insert(source.name + "/" +
                                  (part.name.empty() ? stream.name : part_name(stream.name, part.name)));
    return joined;
}

void keep_shared(const std::map<std::string, StreamRole>& before, std::map<std::string, StreamRole>& roles) {
    for (auto& [part, role] : roles)
        if (const auto known = before.find(part); known != before.end()) role.shared |= known->second.shared;
}

StreamRoles stream_roles(const Configuration& configuration, const std::map<std::string, FeedRecord>& checkpoints) {
    StreamRoles roles;
    for (const auto& [feed, record] : checkpoints)
        for (const auto& [stream, prints] : record.streams)
            add(roles, feed.substr(0, feed.find('/')), stream, prints.roles);
    for (const auto& source : configuration.sources)
        for (const auto& stream : source.streams) add(roles, source.name, stream.name, roles_of(stream));
    return roles;
}

}  // namespace tributary
