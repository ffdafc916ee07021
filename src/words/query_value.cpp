#include <docmind/query_value.hpp>

#include <docmind/agent.hpp>
#include <docmind/error.hpp>
#include <docmind/retriever.hpp>

#include <boost/core/demangle.hpp>

#include <vector>

namespace docmind {

std::string query_type_name(std::type_index type) {
    if (type == typeid(void)) return "nothing";
    if (type == typeid(std::string)) return "text";
    if (type == typeid(std::vector<std::string>)) return "a list of texts";
    if (type == typeid(RetrievalResult)) return "passages";
    if (type == typeid(AgentResponse)) return "an answer";
    if (type == typeid(std::vector<StoredMessage>)) return "a conversation";
    return boost::core::demangle(type.name());
}

void detail::throw_other_query_type(std::type_index expected, std::type_index found) {
    throw Error(errc::invalid_argument, "This is " + query_type_name(found) + " where " + query_type_name(expected) + " is expected.");
}

}  // namespace docmind
