#include "core/status/snapshot.hpp"

namespace tributary {

std::string_view name_of(FeedState state) {
    switch (state) {
        case FeedState::unassigned:
            return "unassigned";
        case FeedState::running:
            return "running";
        case FeedState::waiting:
            return "waiting";
        case FeedState::paused:
            return "paused";
        case FeedState::stalled:
            return "stalled";
        case FeedState::parked:
            return "parked";
        case FeedState::stopped:
            return "stopped";
    }
    return "unassigned";
}

std::string_view name_of(FeedPhase phase) {
    switch (phase) {
        case FeedPhase::load:
            return "load";
        case FeedPhase::reread:
            return "reread";
        case FeedPhase::poll:
            break;
    }
    return "poll";
}

std::string_view name_of(ProcessStage stage) {
    switch (stage) {
        case ProcessStage::starting:
            return "starting";
        case ProcessStage::running:
            return "running";
        case ProcessStage::stopping:
            return "stopping";
    }
    return "starting";
}

std::string_view name_of(Step step) {
    switch (step) {
        case Step::idle:
            return "idle";
        case Step::check:
            return "check";
        case Step::pull:
            return "pull";
        case Step::map:
            return "map";
        case Step::wait_for_room:
            return "wait_for_room";
        case Step::compare:
            return "compare";
        case Step::produce:
            return "produce";
        case Step::commit_kafka:
            return "commit_kafka";
        case Step::commit_store:
            return "commit_store";
        case Step::settle:
            return "settle";
        case Step::restore:
            return "restore";
    }
    return "idle";
}

}  // namespace tributary
