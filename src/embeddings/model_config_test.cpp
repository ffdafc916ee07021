#include "embeddings/model_config.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace docmind {
namespace {

namespace fs = std::filesystem;

/// A model directory that is deleted with the test.
class ModelConfigTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "model-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { fs::remove_all(root_); }
    fs::path make(const std::string& name, const std::string& config) {
        for (const char* file : {"openvino_model.xml", "openvino_model.bin", "openvino_tokenizer.xml", "openvino_tokenizer.bin"})
            write(name, file, "x");
        write(name, "config.json", config);
        return root_ / name;
    }
    void write(const std::string& name, const std::string& file, const std::string& text) {
        fs::create_directories((root_ / name / file).parent_path());
        std::ofstream(root_ / name / file) << text;
    }
    errc failure(const fs::path& dir) {
        try {
            (void)read_model_config(dir);
        } catch (const Error& e) {
            EXPECT_NE(std::string(e.what()).find(dir.string()), std::string::npos) << "the message names the path: " << e.what();
            return e.code();
        }
        ADD_FAILURE() << "nothing is wrong with " << dir;
        return errc::internal;
    }
    fs::path root_;
};

TEST_F(ModelConfigTest, KnowsTheUsualFamiliesByName) {
    const ModelConfig bge =
        read_model_config(make("bge-base-en-v1.5", R"({"model_type":"bert","max_position_embeddings":512,"hidden_size":768})"));
    EXPECT_EQ(bge.pooling, Pooling::cls);
    EXPECT_EQ(bge.query_instruction, "Represent this sentence for searching relevant passages: ");
    EXPECT_EQ(bge.passage_instruction, "");
    EXPECT_EQ(bge.max_tokens, 512u);
    EXPECT_EQ(bge.dimension, 768u);
    const ModelConfig e5 = read_model_config(make("e5-small-v2", "{}"));
    EXPECT_EQ(e5.pooling, Pooling::mean);
    EXPECT_EQ(e5.query_instruction, "query: ");
    EXPECT_EQ(e5.passage_instruction, "passage: ");
}

TEST_F(ModelConfigTest, BelievesTheFilesBeforeTheName) {
    const fs::path dir = make("bge-x-en", R"({"model_type":"xlm-roberta","max_position_embeddings":514,"pad_token_id":1})");
    write("bge-x-en", "1_Pooling/config.json", R"({"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false})");
    write("bge-x-en", "config_sentence_transformers.json", R"({"prompts":{"query":"Q: ","document":"D: "}})");
    ModelConfig config = read_model_config(dir);
    EXPECT_EQ(config.pooling, Pooling::mean);
    EXPECT_EQ(config.query_instruction, "Q: ");
    EXPECT_EQ(config.passage_instruction, "D: ");
    EXPECT_EQ(config.max_tokens, 512u);
    EXPECT_EQ(config.pad_token, 1);
    write("bge-x-en", "config.json", R"({"docmind":{"pooling":"cls","query_instruction":"","max_tokens":128,"normalize":false}})");
    config = read_model_config(dir);
    EXPECT_EQ(config.pooling, Pooling::cls);
    EXPECT_EQ(config.query_instruction, "");
    EXPECT_EQ(config.max_tokens, 128u);
    EXPECT_FALSE(config.normalize);
}

TEST_F(ModelConfigTest, NamesTheVectorSpaceAfterTheModelNotAfterItsPlace) {
    const fs::path dir = make("some-model", "{}");
    const std::string id = read_model_config(dir).model_id;
    EXPECT_TRUE(id.starts_with("some-model-"));
    fs::create_directory_symlink(dir, root_ / "current");
    EXPECT_EQ(read_model_config(root_ / "current").model_id, id);
    EXPECT_EQ(read_model_config(root_ / "current" / "").model_id, id);
    write("some-model", "config.json", R"({"hidden_size":7})");
    EXPECT_NE(read_model_config(dir).model_id, id);
}

TEST_F(ModelConfigTest, TheSpaceChangesWithAllThatVectorsOfPassagesDependOnAndWithNothingElse) {
    const std::string config = R"({"hidden_size":8,"docmind":{"pooling":"cls","query_instruction":"Q: "}})";
    const fs::path dir = make("m", config);
    const std::string id = read_model_config(dir).model_id;
    write("m", "config.json", R"({"hidden_size":8,"docmind":{"pooling":"cls","query_instruction":"Ask: "}})");
    EXPECT_EQ(read_model_config(dir).model_id, id) << "what is put before questions";
    EXPECT_EQ(read_model_config(dir).query_instruction, "Ask: ");
    const auto changed_by = [&](const std::string& file, const std::string& text) {
        write("m", file, text);
        const bool changed = read_model_config(dir).model_id != id;
        make("m", config);
        fs::remove_all(dir / "1_Pooling");
        fs::remove(dir / "sentence_bert_config.json");
        fs::remove(dir / "config_sentence_transformers.json");
        EXPECT_EQ(read_model_config(dir).model_id, id);
        return changed;
    };
    EXPECT_TRUE(changed_by("config.json", R"({"hidden_size":8,"docmind":{"pooling":"mean"}})"));
    EXPECT_TRUE(changed_by("config.json", R"({"hidden_size":8,"docmind":{"normalize":false}})"));
    EXPECT_TRUE(changed_by("config.json", R"({"hidden_size":8,"docmind":{"pooling":"cls","passage_instruction":"P: "}})"));
    EXPECT_TRUE(changed_by("sentence_bert_config.json", R"({"max_seq_length":256})"));
    EXPECT_TRUE(changed_by("config_sentence_transformers.json", R"({"prompts":{"passage":"P: "}})"));
    EXPECT_FALSE(changed_by("config_sentence_transformers.json", R"({"prompts":{"query":"P: "}})"));
    // The same size, rounded otherwise somewhere: an 8-bit variant, or another training.
    EXPECT_TRUE(changed_by("openvino_model.bin", "y"));
    std::string weights(1 << 20, 'w');
    write("m", "openvino_model.bin", weights);
    const std::string large = read_model_config(dir).model_id;
    for (std::size_t i = 0; i < weights.size(); i += 1000) weights[i] = 'v';
    write("m", "openvino_model.bin", weights);
    EXPECT_NE(read_model_config(dir).model_id, large);
}

TEST_F(ModelConfigTest, SaysWhatIsMissingOrDamaged) {
    EXPECT_EQ(failure(root_ / "nowhere"), errc::unavailable);
    const fs::path dir = make("m", "{}");
    fs::remove(dir / "openvino_tokenizer.xml");
    EXPECT_EQ(failure(dir), errc::unavailable);
    EXPECT_EQ(failure(make("n", "{not json")), errc::corrupt);
    EXPECT_EQ(failure(make("o", "[]")), errc::corrupt);
    EXPECT_EQ(failure(make("p", R"({"docmind":{"max_tokens":1}})")), errc::corrupt);
}

TEST(Instructions, FollowTheNameAsServersAndDirectoriesHaveIt) {
    EXPECT_EQ(instructions_of("BAAI/bge-small-en-v1.5").query, "Represent this sentence for searching relevant passages: ");
    EXPECT_EQ(instructions_of("bge-m3:567m").query, "");
    EXPECT_EQ(instructions_of("nomic-embed-text:latest").passage, "search_document: ");
    EXPECT_EQ(instructions_of("snowflake-arctic-embed2").query, "query: ");
    EXPECT_EQ(instructions_of("intfloat/multilingual-e5-large").passage, "passage: ");
    EXPECT_EQ(instructions_of("all-minilm").query, "");
    EXPECT_EQ(instructions_of("").query, "");
}

}  // namespace
}  // namespace docmind
