"""A model that calls tools: in the wire format of vLLM, or in words where no tools were sent."""

import json
import re

from .answers import echo
from .exchange import DONE, END, USAGE, chunk, event, for_ever, script
from .faults import empty_answer


async def call_tools(x, calls):
    """calls: (name, arguments as text) each, in pieces as vLLM sends them."""
    await x.head()
    if "response_format" in x.body:
        name, arguments = calls[0]
        await x.say(json.dumps({"thought": "I need a tool.", "action": name, "input": json.loads(arguments)}))
        await x.send(END)
        await x.end()
        return
    if "tools" not in x.body:
        await x.say("Thought: I need a tool." + "".join(f"\nAction: {name}\nAction Input: {arguments}" for name, arguments in calls) + "\n")
        await x.send(END)
        await x.end()
        return

    async def piece(call):
        await x.send(event({**chunk(), "choices": [{"index": 0, "delta": {"tool_calls": [call]}, "logprobs": None, "finish_reason": None}]}))

    await x.send(event({**chunk(), "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None, "finish_reason": None}]}))
    for i, (name, arguments) in enumerate(calls):
        await piece({"id": f"chatcmpl-tool-{x.number}-{i}", "type": "function", "index": i, "function": {"name": name}})
        for at in range(0, len(arguments), 7):
            await piece({"index": i, "function": {"arguments": arguments[at:at + 7]}})
    await x.send(event({**chunk(), "choices": [{"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": "tool_calls", "stop_reason": None}]}))
    await x.send(event(USAGE) + DONE)
    await x.end()


async def say_answer(x, text):
    await x.head()
    if "response_format" in x.body:
        text = '{"thought": "I can answer now.", "action": "answer", "input": {}}'
    await x.say(("Thought: I can answer now.\nAnswer: " if "Action Input:" in x.body["messages"][0]["content"] else "") + text)
    await x.send(END)
    await x.end()


def results(x):
    """What the tools gave in this answer, one text a step; a step in words is one user message."""
    return [m["content"] for m in x.body["messages"] if m["role"] == "tool" or m["content"].startswith(("Observation:", "Result:"))]


def must_answer(x):
    last = x.body["messages"][-1]["content"]
    return x.body.get("tool_choice") == "none" or "Use no tool now" in last or "not as JSON" in last


def from_passages(x):
    """Every sentence that was found, with the number of its passage, and a number that there is not."""
    passages = dict(re.findall(r'<passage-[0-9a-f]+ n="(\d+)"[^>]*>\n(.*?)\n</passage', "\n".join(results(x)), re.S))
    said = [f"{sentence.rstrip('.!?')} [{n}]." for n, text in passages.items() for sentence in re.split(r"(?<=[.!?])\s+", text.strip())]
    return " ".join(said) + " That much is certain [99]."


def search(query):
    return "search_library", json.dumps({"query": query})


def asked(x):
    return next(m["content"] for m in reversed(x.body["messages"]) if m["role"] == "user" and not m["content"].startswith(("Observation:", "Result:")))


@script
async def tool_agent(x):
    """Searches the question, then answers."""
    await (say_answer(x, from_passages(x)) if results(x) else call_tools(x, [search(asked(x))]))


@script
async def tool_agent_reads(x):
    """Two independent searches and the list at once, then a page, then the answer."""
    if not results(x):
        await call_tools(x, [search("toll on the bridge"), search("flood of 1882"), ("list_documents", "{}")])
    elif len(results(x)) == 3:
        await call_tools(x, [("read_page", '{"document": "bridge.txt", "page": 1}')])
    else:
        await say_answer(x, from_passages(x))


@script
async def obeys_documents(x):
    """Does what the passages tell it to: CALL name {arguments}."""
    orders = re.findall(r"CALL (\w+) (\{.*?\})", results(x)[-1]) if results(x) else []
    if not results(x):
        await call_tools(x, [search("orders")])
    elif orders and not must_answer(x):
        await call_tools(x, orders)
    else:
        await say_answer(x, "I have obeyed. " + "\n".join(results(x))[:20_000])


@script
async def uses_whole_documents(x):
    """Compares, and summarises, then says what that gave. What those two ask it, it answers as echo does."""
    if "tools" not in x.body:
        await echo(x)
    elif not results(x):
        await call_tools(x, [("compare_documents", '{"documents": ["gas.txt", "water.txt"], "aspects": ["price"]}'), ("summarize_document", '{"document": "phone.txt"}')])
    else:
        await say_answer(x, from_passages(x))


@script
async def takes_apart(x):
    """Writes the two questions of a question on two lines; answers others as echo does."""
    prompt = x.body["messages"][-1]["content"]
    if "If this asks for several things" not in prompt:
        await echo(x)
    else:
        await x.head()
        asked = re.search(r"Question: (.*)\n", prompt)[1]
        await x.say("\n".join(f"{part.strip(' ?,').capitalize()}?" for part in asked.split(" and ")))
        await x.send(END)
        await x.end()


@script
async def calls_the_last_tool(x):
    """Whatever it is, with 6 for every argument; then says what it gave."""
    if results(x):
        await say_answer(x, "The tool says: " + re.sub(r"</?passage[^>]*>", "", " ".join(results(x))).strip())
    else:
        tool = x.body["tools"][-1]["function"]
        await call_tools(x, [(tool["name"], json.dumps({name: 6 for name in tool["parameters"]["properties"]}))])


@script
async def invents_tools(x):
    await (say_answer(x, from_passages(x)) if must_answer(x) or results(x)[-1:] and "<passage" in results(x)[-1] else call_tools(x, [("delete_everything", '{"now": true}')]))


@script
async def breaks_its_json(x):
    await (say_answer(x, from_passages(x)) if must_answer(x) or results(x)[-1:] and "<passage" in results(x)[-1] else call_tools(x, [("search_library", '}{"que')]))


@script
async def same_call_for_ever(x):
    await (say_answer(x, from_passages(x)) if must_answer(x) else call_tools(x, [search("toll")]))


@script
async def new_calls_for_ever(x):
    """Also when it may not."""
    await call_tools(x, [search(f"toll and bridge {x.number}")])


@script
async def searches_then_hangs(x):
    if not results(x):
        await call_tools(x, [search("toll")])
    else:
        await x.head()
        await for_ever()


@script
async def searches_then_says_nothing(x):
    await (empty_answer(x) if results(x) else call_tools(x, [search("toll")]))


@script
async def searches_and_thinks_aloud(x):
    if not results(x):
        await call_tools(x, [search("toll")])
    else:
        await x.head()
        await x.say("<think>\nThe secret thought [2].\n</think>\n\n" + from_passages(x), size=3)
        await x.send(END)
        await x.end()


@script
async def speaks_its_call(x):
    """A server without the parser of its model passes the call on as text."""
    if results(x):
        await say_answer(x, from_passages(x))
    else:
        await x.head()
        await x.say('<tool_call>\n{"name": "search_library", "arguments": {"query": "toll"}}\n</tool_call>')
        await x.send(END)
        await x.end()
