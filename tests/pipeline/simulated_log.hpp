#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/publish/log.hpp"
#include "tests/pipeline/broker.hpp"
#include "tests/pipeline/faults.hpp"
#include "tests/pipeline/random.hpp"

namespace tributary::simulation {

/// One process's producer and checkpoint reader on the simulated broker. What is started takes effect some time later
/// and is answered some time after that; a process can die in between.
class SimulatedLog final : public Log {
  public:
    SimulatedLog(Broker& broker, std::string instance, std::function<std::int64_t()> clock, Random& random,
                 Faults& faults)
        : broker_(broker), instance_(std::move(instance)), clock_(std::move(clock)), random_(random), faults_(faults) {}

    Result<> begin() override;
    Result<> produce(const Message& message) override;
    void start_commit() override;
    void start_rollback() override;
    void start_recovery() override;
    void start_reading() override;
    std::optional<Answer> answer() override;
    std::size_t most_message_bytes() const override { return 100'000; }

    /// When something happens here next.
    std::int64_t next_at() const;
    /// Lets what was started take effect when its time has come.
    void tick();
    /// The process died: a request on the wire may still arrive.
    void dropped();

  private:
    enum class Doing { nothing, commit, rollback, recovery, reading };
    void start(Doing what);
    Answer commit();
    std::vector<OffsetHint> offsets() const;
    Answer rollback();
    Answer recover();
    Checkpoints read() const;
    void flush();

    Broker& broker_;
    std::string instance_;
    std::function<std::int64_t()> clock_;
    Random& random_;
    Faults& faults_;
    std::optional<std::uint64_t> epoch_;
    std::vector<std::pair<TopicNo, Entry>> unsent_;
    std::optional<TopicNo> refused_;
    bool fenced_ = false;
    Doing doing_ = Doing::nothing;
    std::int64_t effect_at_ = 0;
    std::int64_t answer_at_ = 0;
    std::optional<Answer> answer_;
};

}  // namespace tributary::simulation
