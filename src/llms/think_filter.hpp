#pragma once
// "What of this is the answer?" Takes out the <think> ... </think> block that reasoning models write before their answer,
// wherever the chunks cut the tags. Only a block at the very start counts: later on, the tag may be the subject.

#include <string>
#include <string_view>

namespace docmind {

class ThinkFilter {
  public:
    /// The part of the answer that is certain after this text.
    [[nodiscard]] std::string feed(std::string_view text);
    /// What was held back at the end; a block that was never closed gives nothing.
    [[nodiscard]] std::string finish();

  private:
    enum class State { start, thinking, after, answer };
    State state_ = State::start;
    std::string held_;
};

}  // namespace docmind
