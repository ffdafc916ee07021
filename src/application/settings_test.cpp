#include <docmind/error.hpp>
#include <docmind/settings.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "application/run_time_settings.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;
using Map = std::map<std::string, std::string>;

struct SettingsFile : testing::Test {
    SettingsFile() {
        std::string name = (fs::temp_directory_path() / "docmind-settings-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        environment = {{"HOME", folder.string()}};
    }
    ~SettingsFile() override { fs::remove_all(folder); }
    fs::path write(const std::string& text) {
        std::ofstream(folder / "docmind.toml") << text;
        return folder / "docmind.toml";
    }
    static std::string message_of(const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::invalid_argument);
            return error.what();
        }
        return "";
    }
    static EffectiveSetting find(const LoadedSettings& loaded, const std::string& key) {
        return *std::ranges::find(loaded.effective, key, &EffectiveSetting::key);
    }

    fs::path folder;
    Map environment;
};

TEST_F(SettingsFile, FlagsWinOverTheEnvironmentThatOverTheFileThatOverTheDefault) {
    const fs::path file = write("[agent]\ncontext_passages = 2\nmemory_tokens = 2\nmax_message_chars = 2\n");
    environment["DOCMIND__AGENT__MEMORY_TOKENS"] = "3";
    environment["DOCMIND__AGENT__MAX_MESSAGE_CHARS"] = "3";
    const LoadedSettings loaded = load_settings(file, {{"agent.max_message_chars", "4"}}, environment);
    EXPECT_EQ(loaded.settings.agent.context_passages, 2);
    EXPECT_EQ(loaded.settings.agent.memory_tokens, 3);
    EXPECT_EQ(loaded.settings.agent.max_message_chars, 4);
    EXPECT_EQ(loaded.settings.ingestion.chunk_size, 256);
    EXPECT_EQ(find(loaded, "agent.context_passages").origin, file.string());
    EXPECT_EQ(find(loaded, "agent.memory_tokens").origin, "environment");
    EXPECT_EQ(find(loaded, "agent.max_message_chars").origin, "flag");
    EXPECT_EQ(find(loaded, "ingestion.chunk_size").origin, "default");
}

TEST_F(SettingsFile, AnUnknownKeyNamesTheNearestAndWhereItWasSaid) {
    const std::string message = message_of([&] { std::ignore = load_settings(write("[ingestion]\nchunk_sise = 5\n"), {}, environment); });
    EXPECT_NE(message.find("ingestion.chunk_size"), std::string::npos);
    EXPECT_NE(message.find("docmind.toml"), std::string::npos);
}

TEST_F(SettingsFile, AValueOutOfRangeOrOfTheWrongKindSaysWhatIsExpected) {
    EXPECT_NE(message_of([&] { std::ignore = load_settings("", {{"llm.temperature", "7"}}, environment); }).find("from 0 to 2"),
              std::string::npos);
    EXPECT_NE(message_of([&] { std::ignore = load_settings("", {{"reranker.enabled", "perhaps"}}, environment); }).find("true or false"),
              std::string::npos);
    EXPECT_NE(message_of([&] { std::ignore = load_settings("", {{"retrieval.mode", "magic"}}, environment); }).find("hybrid"),
              std::string::npos);
    EXPECT_FALSE(message_of([&] { std::ignore = load_settings("", {{"ingestion.chunk_overlap", "256"}}, environment); }).empty());
}

TEST_F(SettingsFile, ABrokenFileNamesTheLine) {
    EXPECT_NE(message_of([&] { std::ignore = load_settings(write("[agent]\n= 5\n"), {}, environment); }).find(":2"), std::string::npos);
    EXPECT_FALSE(message_of([&] { std::ignore = load_settings(folder / "none.toml", {}, environment); }).empty());
}

TEST_F(SettingsFile, SecretsAreNotShown) {
    const LoadedSettings loaded = load_settings(
        "", {{"llm.api_key", "canary"}, {"server.token", "canary"}, {"embedding.api_key", "canary"}, {"reranker.api_key", "canary"}},
        environment);
    EXPECT_EQ(loaded.settings.llm.api_key, "canary");
    for (const EffectiveSetting& setting : loaded.effective) EXPECT_EQ(setting.value.find("canary"), std::string::npos);
}

TEST_F(SettingsFile, FoldersFollowTheXdgVariables) {
    environment["XDG_DATA_HOME"] = "/data";
    environment["XDG_CACHE_HOME"] = "/cache";
    const Settings settings = load_settings("", {}, environment).settings;
    EXPECT_EQ(settings.storage.data_dir, "/data/docmind");
    EXPECT_EQ(settings.embedding.model_dir, "/cache/docmind/current/embedding");
}

TEST_F(SettingsFile, TheAgentsModeAndItsToolsAreThoseThereAre) {
    const LoadedSettings loaded = load_settings("", {{"agent.tools", "read_page,  search_library"}, {"agent.mode", "react"}}, environment);
    EXPECT_EQ(loaded.settings.agent.tools, "read_page,  search_library");
    EXPECT_EQ(load_settings("", {}, environment).settings.agent.mode, "auto");
    EXPECT_EQ(load_settings("", {{"agent.tools", ""}}, environment).settings.agent.tools, "") << "none is a choice";
    EXPECT_NE(message_of([&] { (void)load_settings("", {{"agent.tools", "search_library, shell"}}, environment); }).find("shell"),
              std::string::npos);
    EXPECT_NE(message_of([&] { (void)load_settings("", {{"agent.mode", "magic"}}, environment); }).find("magic"), std::string::npos);
}

TEST_F(SettingsFile, changes_hold_over_the_file_and_under_the_environment) {
    const fs::path file = write("[agent]\nmax_steps = 2\n");
    environment["DOCMIND__AGENT__MODE"] = "context";
    const LoadedSettings loaded = load_settings(file, {{"retrieval.mode", "dense"}}, environment);
    const LoadedSettings changed = with_changes(loaded, {{"agent.max_steps", "5"}, {"llm.model", "qwen3"}});
    EXPECT_EQ(changed.settings.agent.max_steps, 5);
    EXPECT_EQ(find(changed, "agent.max_steps").origin, "changed");
    EXPECT_EQ(find(changed, "llm.model").value, "qwen3");
    EXPECT_EQ(find(changed, "agent.mode").origin, "environment");
    for (const char* fixed : {"agent.mode", "retrieval.mode", "storage.data_dir", "llm.server_path"}) {
        try {
            static_cast<void>(with_changes(loaded, {{fixed, "dense"}}));
            ADD_FAILURE() << fixed;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::conflict) << fixed;
        }
    }
    EXPECT_NE(message_of([&] { static_cast<void>(with_changes(loaded, {{"agent.max_step", "5"}})); }).find("agent.max_steps"),
              std::string::npos);
    EXPECT_NE(message_of([&] { static_cast<void>(with_changes(loaded, {{"agent.max_steps", "0"}})); }).find("agent.max_steps"),
              std::string::npos);
}

TEST_F(SettingsFile, a_new_server_does_not_get_the_key_of_the_old_one) {
    const LoadedSettings loaded = load_settings(write("[llm]\nbase_url = \"http://a\"\napi_key = \"canary\"\n"), {}, environment);
    EXPECT_EQ(with_changes(loaded, {{"llm.base_url", "http://b"}}).settings.llm.api_key, "");
    EXPECT_EQ(with_changes(loaded, {{"llm.base_url", "http://b"}, {"llm.api_key", "other"}}).settings.llm.api_key, "other");
    EXPECT_EQ(with_changes(loaded, {{"llm.model", "m"}}).settings.llm.api_key, "canary");
}

TEST_F(SettingsFile, a_new_embedding_server_does_not_get_the_key_of_the_old_one_either) {
    const LoadedSettings loaded = load_settings(write("[embedding]\nbase_url = \"http://a\"\napi_key = \"canary\"\n"), {}, environment);
    EXPECT_EQ(with_changes(loaded, {{"embedding.base_url", "http://b"}}).settings.embedding.api_key, "");
    RunTimeSettings running(loaded);
    running.change({{"embedding.base_url", "http://b"}, {"embedding.api_key", "second"}});
    EXPECT_EQ(running.settings().embedding.api_key, "second");
    running.change({{"embedding.base_url", "http://c"}});
    EXPECT_EQ(running.settings().embedding.api_key, "");
    running.change({{"embedding.base_url", std::nullopt}});
    EXPECT_EQ(running.settings().embedding.api_key, "canary") << "the one of the configuration, for its own server";
}

TEST_F(SettingsFile, the_folder_of_an_embedding_model_is_a_whole_path_and_stands_beside_no_server) {
    RunTimeSettings running(load_settings(write("[embedding]\nbase_url = \"http://a\"\n"), {}, environment));
    EXPECT_NE(message_of([&] { running.change({{"embedding.model_dir", "models/mine"}}); }).find("whole path"), std::string::npos);
    EXPECT_NE(message_of([&] { running.change({{"embedding.model_dir", ""}}); }).find("null takes a change back"), std::string::npos);
    EXPECT_NE(message_of([&] { running.change({{"embedding.model_dir", "/models/mine"}}); }).find("http://a"), std::string::npos);
    EXPECT_TRUE(running.changes().empty()) << "nothing of it holds";
    running.change({{"embedding.model_dir", "/models/mine"}, {"embedding.base_url", ""}});
    EXPECT_EQ(running.settings().embedding.model_dir, "/models/mine");
    EXPECT_THROW(running.change({{"embedding.batch_tokens", "64"}}), Error) << "at a start only";
}

TEST_F(SettingsFile, fallbacks_are_addresses_with_or_without_a_model) {
    const auto with = [&](const std::string& list) { return load_settings("", {{"llm.fallbacks", list}}, environment); };
    EXPECT_EQ(with("http://box:8000/v1 qwen3, built-in").settings.llm.fallbacks, "http://box:8000/v1 qwen3, built-in");
    EXPECT_NE(message_of([&] { with("http://box a b"); }), "");
    EXPECT_NE(message_of([&] { with("built-in smollm"); }), "");
}

}  // namespace
}  // namespace docmind
