#include "connectors/kit/api/picker.hpp"

namespace tributary::api {

void Picker::pick(const Object& object, Value* to) {
    if (object.shape == nullptr) return;
    if (shape_ != object.shape->serial.value()) {
        shape_ = object.shape->serial.value();
        places_.clear();
        for (const std::string& name : names_) places_.push_back(object.shape->find(name));
    }
    for (std::size_t i = 0; i < names_.size(); ++i) to[i] = places_[i] < 0 ? Value::null() : object.values[places_[i]];
}

}  // namespace tributary::api
