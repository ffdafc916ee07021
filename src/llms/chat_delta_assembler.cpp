#include "llms/chat_delta_assembler.hpp"

#include <docmind/error.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::size_t max_error_bytes = 300;

json::value parse(std::string_view text) {
    json::parse_options options;
    options.max_depth = 32;
    // Servers cut characters between two chunks; Utf8Joiner puts them together again.
    options.allow_invalid_utf8 = true;
    options.allow_invalid_utf16 = true;
    boost::system::error_code failed;
    json::value value = json::parse(text, failed, {}, options);
    if (failed || !value.is_object()) throw Error(errc::backend, "The model server sent something that is no chat answer.");
    return value;
}

const json::object* object_member(const json::object& object, std::string_view key) {
    const json::value* member = object.if_contains(key);
    return member != nullptr ? member->if_object() : nullptr;
}

std::string_view string_member(const json::object& object, std::string_view key) {
    const json::value* member = object.if_contains(key);
    const json::string* text = member != nullptr ? member->if_string() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

int count_member(const json::object& object, std::string_view key) {
    const json::value* member = object.if_contains(key);
    if (member == nullptr || !member->is_number()) return 0;
    boost::system::error_code failed;
    const auto count = member->to_number<std::int64_t>(failed);
    return failed ? 0 : static_cast<int>(std::clamp<std::int64_t>(count, 0, 1'000'000'000));
}

std::optional<ChatUsage> usage_of(const json::object& root) {
    const json::object* usage = object_member(root, "usage");
    if (usage == nullptr) return std::nullopt;
    return ChatUsage{count_member(*usage, "prompt_tokens"), count_member(*usage, "completion_tokens")};
}

// One printable line: it is shown to people and written to logs.
std::string one_line(std::string_view text) {
    Utf8Joiner utf8;
    std::string line = utf8.feed(text.substr(0, max_error_bytes));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return line;
}

std::string error_text(const json::object& root) {
    const json::value* error = root.if_contains("error");
    if (error == nullptr || error->is_null()) return {};
    if (const json::string* text = error->if_string()) return one_line(*text);
    if (const json::object* object = error->if_object()) {
        const std::string_view message = string_member(*object, "message");
        if (!message.empty()) return one_line(message);
    }
    return "no reason given";
}

void throw_if_error(const json::object& root) {
    const std::string text = error_text(root);
    if (!text.empty()) throw Error(errc::backend, "The model server reported an error: " + text);
}

const json::object* first_choice(const json::object& root) {
    const json::value* choices = root.if_contains("choices");
    const json::array* list = choices != nullptr ? choices->if_array() : nullptr;
    return list != nullptr && !list->empty() ? list->front().if_object() : nullptr;
}

// In a stream it is called delta, in an answer of one piece message.
const json::object* message_of(const json::object& choice) {
    const json::object* delta = object_member(choice, "delta");
    return delta != nullptr ? delta : object_member(choice, "message");
}

std::optional<std::size_t> index_of(const json::object& call) {
    const json::value* index = call.if_contains("index");
    if (index == nullptr || !index->is_int64() || index->get_int64() < 0) return std::nullopt;
    return static_cast<std::size_t>(index->get_int64());
}

void feed_calls(const json::object& message, ToolCallAssembler& calls) {
    const json::value* member = message.if_contains("tool_calls");
    const json::array* list = member != nullptr ? member->if_array() : nullptr;
    if (list == nullptr) return;
    for (const json::value& item : *list) {
        const json::object* call = item.if_object();
        const json::object* function = call != nullptr ? object_member(*call, "function") : nullptr;
        if (function == nullptr) continue;
        // A string by the interface; some servers send the object itself.
        const json::object* object = object_member(*function, "arguments");
        const std::string arguments = object != nullptr ? json::serialize(*object) : std::string(string_member(*function, "arguments"));
        calls.feed({index_of(*call), string_member(*call, "id"), string_member(*function, "name"), arguments});
    }
}

void append(std::vector<ToolCall>& calls, std::vector<ToolCall> more) {
    calls.insert(calls.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

ChatDeltaAssembler::ChatDeltaAssembler(Params params) : params_(std::move(params)) {
    if (params_.tools.empty()) return;
    switch (params_.form) {
        case ToolCalling::none:
        case ToolCalling::text: reader_.emplace<ReactTextParser>(params_.tools); break;
        case ToolCalling::constrained: reader_.emplace<JsonStepParser>(params_.tools); break;
        case ToolCalling::native: reader_.emplace<SpokenToolCalls>(params_.tools); break;
    }
}

std::string ChatDeltaAssembler::told(std::string text) {
    return std::visit(
        [&text](auto& reader) -> std::string {
            if constexpr (std::is_same_v<std::decay_t<decltype(reader)>, std::monostate>) {
                return std::move(text);
            } else {
                return reader.feed(text);
            }
        },
        reader_);
}

// What was held back until it is certain that nothing follows.
void ChatDeltaAssembler::end(ChatDelta& delta) {
    if (std::exchange(ended_, true)) return;
    std::string text = think_.feed(utf8_.finish());
    text += think_.finish();
    delta.text += told(std::move(text));
    if (params_.tools.empty()) return;
    append(delta.tool_calls, calls_.take(params_.tools));
    std::visit(
        [&delta](auto& reader) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(reader)>, std::monostate>) {
                auto rest = reader.finish();
                delta.text += rest.answer;
                delta.thought = std::move(rest.thought);
                append(delta.tool_calls, std::move(rest.calls));
            }
        },
        reader_);
}

std::optional<ChatDelta> ChatDeltaAssembler::feed(std::string_view data) {
    if (done_) return std::nullopt;
    const auto first = data.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::nullopt;
    data.remove_prefix(first);
    if (data.starts_with("[DONE]")) {
        done_ = true;
        return finish();
    }
    const json::value value = parse(data);
    const json::object& root = value.get_object();
    throw_if_error(root);
    ChatDelta delta;
    delta.usage = usage_of(root);
    const json::object* choice = first_choice(root);
    // After the end only the usage still counts: some servers send the last chunk twice.
    if (choice != nullptr && !finished_) {
        if (const json::object* content = message_of(*choice)) {
            const std::string_view bytes = string_member(*content, "content");
            bytes_ += bytes.size();
            if (bytes_ > params_.max_answer_bytes) throw Error(errc::backend, "The model server's answer does not end.");
            delta.text = told(think_.feed(utf8_.feed(bytes)));
            if (!params_.tools.empty() && params_.form == ToolCalling::native) feed_calls(*content, calls_);
        }
        const std::string_view reason = string_member(*choice, "finish_reason");
        if (!reason.empty()) {
            delta.finish_reason = one_line(reason.substr(0, 40));
            finished_ = true;
            end(delta);
        }
    }
    if (delta.text.empty() && delta.finish_reason.empty() && !delta.usage && delta.tool_calls.empty()) return std::nullopt;
    return delta;
}

std::optional<ChatDelta> ChatDeltaAssembler::finish() {
    ChatDelta delta;
    // A stream that broke off may have broken a call: only what its end was heard of counts.
    if (!complete()) calls_ = {};
    end(delta);
    if (!complete()) delta.tool_calls.clear();
    if (delta.text.empty() && delta.tool_calls.empty() && delta.thought.empty()) return std::nullopt;
    return delta;
}

ChatResponse parse_chat_response(std::string_view body, ChatDeltaAssembler::Params params) {
    const json::value value = parse(body);
    throw_if_error(value.get_object());
    const json::object* choice = first_choice(value.get_object());
    if (choice == nullptr || message_of(*choice) == nullptr) throw Error(errc::backend, "The model server's answer holds no message.");
    ChatDeltaAssembler assembler(std::move(params));
    ChatDelta delta = assembler.feed(body).value_or(ChatDelta{});
    if (!assembler.complete()) delta.finish_reason = "stop";
    if (auto rest = assembler.feed("[DONE]")) {
        delta.text += rest->text;
        delta.thought = std::move(rest->thought);
        append(delta.tool_calls, std::move(rest->tool_calls));
    }
    return {std::move(delta.text), std::move(delta.finish_reason), delta.usage, std::move(delta.tool_calls), std::move(delta.thought)};
}

std::string parse_error_body(std::string_view body) {
    boost::system::error_code failed;
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    const json::value value = json::parse(body, failed, {}, options);
    if (failed) return {};
    const json::object* root = value.if_object();
    if (root == nullptr) return {};
    const std::string text = error_text(*root);
    if (!text.empty()) return text;
    const std::string_view message = string_member(*root, "message");
    return one_line(message.empty() ? string_member(*root, "detail") : message);
}

}  // namespace docmind
