#include "net/circuit_breaker.hpp"

namespace docmind {

CircuitBreaker::State CircuitBreaker::state(Clock::time_point now) const {
    if (failures_ < params_.failures_to_open) return State::closed;
    return now - opened_ >= params_.open_for ? State::half_open : State::open;
}

bool CircuitBreaker::allow(Clock::time_point now) {
    switch (state(now)) {
        case State::closed: return true;
        case State::open: return false;
        case State::half_open: break;
    }
    if (trying_) return false;
    trying_ = true;
    return true;
}

void CircuitBreaker::succeeded() {
    failures_ = 0;
    trying_ = false;
}

void CircuitBreaker::failed(Clock::time_point now) {
    trying_ = false;
    ++failures_;
    if (failures_ >= params_.failures_to_open) opened_ = now;
}

void CircuitBreaker::abandoned() {
    trying_ = false;
}

}  // namespace docmind
