#pragma once
// "Which steps of a question are there already?" The modules to build a QueryPipeline of. Passages flow as RetrievalResult, answers as
// AgentResponse. What a step can do without (a model that is away) it does without and says in the notes; all else is its error.
//
// None of these is part of what Application does by itself but the retriever and the synthesizer: the others ask a language model more than
// once a question, and whether that helps depends on the model.

#include <docmind/agent.hpp>
#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/postprocessor.hpp>
#include <docmind/query_component.hpp>
#include <docmind/query_pipeline.hpp>
#include <docmind/retriever.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace docmind {

/// How rankings become one: by the scores, each list's stretched to 0..1, or by the ranks alone (1 / (k + rank)).
enum class FusionMode { relative_score, reciprocal_rank };

/// "Which question does this message ask, when it stands alone?" For follow-ups: "And the toll?" finds nothing.
/// Inputs: message, text; history, the earlier messages (optional). Output: the question, text; the message itself where it stands alone.
class QueryRewriteComponent final : public QueryComponent {
  public:
    struct Params {
        std::chrono::milliseconds limit{8'000};  ///< for the model
    };
    /// `llm` may be null or away: then the last question and the message go together. Outlives the component, as everything below does.
    explicit QueryRewriteComponent(LLM* llm) : QueryRewriteComponent(llm, Params{}) {}
    QueryRewriteComponent(LLM* llm, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    LLM* llm_;
    Params params_;
};

/// "Which passages matter?" Input: input, the question. Output: passages.
class RetrieverComponent final : public QueryComponent {
  public:
    /// `query`: all of it but the question (how many passages, in which documents). Errors of a run: those of Retriever::aretrieve.
    explicit RetrieverComponent(Retriever& retriever, QueryBundle query = {});
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    Retriever& retriever_;
    QueryBundle query_;
};

/// "What do other wordings of the question find?" A model rewrites it, every wording is searched for, the lists are fused.
/// Input: input, the question. Output: passages; whether they are relevant is judged by the question as it was asked.
class MultiQueryComponent final : public QueryComponent {
  public:
    struct Params {
        std::size_t num_queries = 3;  ///< besides the question itself
        std::size_t retrievals_at_once = 4;
        FusionMode mode = FusionMode::reciprocal_rank;
        double rrf_k = 60;
        std::chrono::milliseconds limit{15'000};  ///< for the model
        QueryBundle query;                        ///< all of it but the question
    };
    MultiQueryComponent(LLM& llm, Retriever& retriever) : MultiQueryComponent(llm, retriever, Params{}) {}
    /// Errors: invalid_argument (a number of zero, a negative k).
    MultiQueryComponent(LLM& llm, Retriever& retriever, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    Task<> retrieve(std::string question, RetrievalResult* result);

    LLM& llm_;
    Retriever& retriever_;
    Params params_;
};

/// "What lies near an answer, rather than near the question?" Hypothetical document embeddings (Gao et al. 2022): a model makes up a
/// passage that would answer, and that is searched for by meaning, behind the question. Input: input, the question. Output: passages.
class HydeComponent final : public QueryComponent {
  public:
    struct Params {
        int max_tokens = 120;  ///< of the passage
        std::chrono::milliseconds limit{15'000};
        QueryBundle query{.mode = RetrievalMode::dense};  ///< all of it but the question
    };
    HydeComponent(LLM& llm, Retriever& retriever) : HydeComponent(llm, retriever, Params{}) {}
    /// Errors: invalid_argument (max_tokens below 1).
    HydeComponent(LLM& llm, Retriever& retriever, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    LLM& llm_;
    Retriever& retriever_;
    Params params_;
};

/// "What do several searches say together?" Inputs: those named, each passages, each optional. Output: passages, each once; relevant where
/// one of the searches says so.
class FusionComponent final : public QueryComponent {
  public:
    struct Input {
        std::string name;
        double weight = 1;
    };
    struct Params {
        FusionMode mode = FusionMode::relative_score;
        double rrf_k = 60;
        std::size_t similarity_top_k = 10;  ///< passages that stay
    };
    explicit FusionComponent(std::vector<Input> inputs) : FusionComponent(std::move(inputs), Params{}) {}
    /// Errors: invalid_argument (no inputs, similarity_top_k 0, a negative weight or k).
    FusionComponent(std::vector<Input> inputs, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    std::vector<Input> inputs_;
    Params params_;
};

/// "In which order does a cross-encoder see them?" Its opinion is mixed into the order that was. Inputs: query_str, text; nodes, passages.
/// Output: passages.
class RerankComponent final : public QueryComponent {
  public:
    struct Params {
        std::size_t top_n = 20;                  ///< passages it reads
        std::chrono::milliseconds budget{1500};  ///< after this it starts no further batch
        double weight = 0.4;                     ///< 0..1; the rest is the weight of the order that was
    };
    explicit RerankComponent(Reranker& reranker) : RerankComponent(reranker, Params{}) {}
    /// Errors: invalid_argument (a number of zero, a weight outside 0..1).
    RerankComponent(Reranker& reranker, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    Reranker& reranker_;
    Params params_;
};

/// "What is the answer, from these passages alone?" Inputs: query_str, the question; nodes, passages. Output: an answer, with citations
/// that hold, as an Agent gives it: refused where the passages are not relevant, quoted where the model is away.
class SynthesizerComponent final : public QueryComponent {
  public:
    struct Params {
        std::size_t context_passages = 4;  ///< handed to the model
        int context_window = 4096;         ///< where the model does not say
        int max_tokens = 400;              ///< of an answer
    };
    /// `llm` may be null: every answer is made of passages then.
    explicit SynthesizerComponent(LLM* llm) : SynthesizerComponent(llm, Params{}) {}
    /// Errors: invalid_argument (a number below 1).
    SynthesizerComponent(LLM* llm, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    LLM* llm_;
    Params params_;
};

/// "What are the answers to the parts of this question?" A model takes it apart, each part is answered by a pipeline, side by side, and the
/// answers are put together under their questions, citations numbered through. A question without parts is asked as it is. Input: input,
/// the question. Output: an answer.
class DecompositionComponent final : public QueryComponent {
  public:
    struct Params {
        std::size_t max_questions = 4;
        std::chrono::milliseconds limit{15'000};  ///< for taking apart
    };
    /// `answering`: from a question to an AgentResponse; how many at once its Params say.
    DecompositionComponent(LLM& llm, QueryPipeline answering) : DecompositionComponent(llm, std::move(answering), Params{}) {}
    /// Errors: invalid_argument (max_questions 0, a pipeline that is not whole).
    DecompositionComponent(LLM& llm, QueryPipeline answering, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    LLM& llm_;
    QueryPipeline answering_;
    Params params_;
};

}  // namespace docmind
