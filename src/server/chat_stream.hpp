#pragma once
// The answer to a message, shared by the routes that ask: a new question, and the last one again.

#include "server/routes.hpp"

namespace docmind {

/// Errors: those of Agent.
Task<HttpResponse> answer(Call call, std::string session, std::string message, std::vector<std::string> document_ids, bool stream);

}  // namespace docmind
