#pragma once
// "Where does an agent keep what is said?" What the agents of all conversations share; all of it outlives their streams.

#include <docmind/memory.hpp>

namespace docmind {

class ConversationMemory;
class Pool;
class Scope;

struct ConversationParts {
    SessionStore& sessions;
    ConversationMemory& memory;  ///< hears of each answer once it is kept
    Scope& background;           ///< answers are kept there, whether their reader is still there or not; closed before the others go
    Pool& cpu_pool;              ///< answers are compared with the passages there
};

}  // namespace docmind
