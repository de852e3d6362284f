#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <list>

namespace tributary {

/// Connections that have not sent a whole request yet, the one that has waited longest first. Whoever is one too many
/// takes its place: half-sent requests and idle connections never keep a probe out. The server's thread only.
class HttpWaitingRoom {
  public:
    /// A place in the room while it lives.
    class Place {
      public:
        Place(HttpWaitingRoom& room, boost::beast::tcp_stream& stream) : room_(room) {
            at_ = room_.waiting_.insert(room_.waiting_.end(), {&stream, this});
        }
        ~Place() {
            if (!turned_out_) room_.waiting_.erase(at_);
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

      private:
        friend class HttpWaitingRoom;
        HttpWaitingRoom& room_;
        std::list<std::pair<boost::beast::tcp_stream*, Place*>>::iterator at_;
        bool turned_out_ = false;
    };

    /// Closes the connection that has waited longest; false: nobody waits.
    bool turn_one_out() {
        if (waiting_.empty()) return false;
        const auto [stream, place] = waiting_.front();
        place->turned_out_ = true;
        waiting_.pop_front();
        stream->close();
        return true;
    }

  private:
    std::list<std::pair<boost::beast::tcp_stream*, Place*>> waiting_;
};

}  // namespace tributary
