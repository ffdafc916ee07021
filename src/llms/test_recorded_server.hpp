#pragma once
// For tests: what real model servers said (tests/data/backends), by name, for ScriptedServer to say again.

#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace docmind::test {

class RecordedServer {
  public:
    explicit RecordedServer(const std::string& server) {
        std::ifstream file("tests/data/backends/" + server + ".json");
        exchanges = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {})).at("exchanges").as_object();
    }

    /// For ScriptedServer::script: each request is answered as in these exchanges, one that is in several as in one after the other.
    [[nodiscard]] std::string script(const std::vector<std::string>& names) const {
        boost::json::object answers;
        for (const std::string& name : names) {
            const auto& request = exchanges.at(name).at("request");
            const std::string asked = std::string(request.at("method").as_string()) + " " + std::string(request.at("path").as_string());
            boost::json::value& said = answers[asked];
            if (!said.is_array()) said.emplace_array();
            said.as_array().push_back(exchanges.at(name));
        }
        return boost::json::serialize(boost::json::object{{"answers", answers}});
    }

    /// By name; to be changed where a test needs what another version of the server said.
    boost::json::object exchanges;
};

}  // namespace docmind::test
