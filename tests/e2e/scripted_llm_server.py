"""A model server of the OpenAI interface that does what a test tells it to. Standard library only.

    python3 scripted_llm_server.py --port 8099 [--script NAME]

What a chat request gets is decided by, in this order: the scripts queued with POST /script {"next": ["error_500", ...]}, the request's
model where it names a script, the default (POST /script {"default": "slow_tokens"}, at first --script or "echo"). GET /scripts lists them.

Whether it can call tools, the state says: POST /script {"tool_calling": "none" | "text" | "constrained" | "native"}. The question with which DocMind finds
that out is answered by this alone, after "probe_pause" seconds, or when those are set to 0; it is logged as "probe", counts as no request and takes no script.

A request to sum up a conversation takes the script of the state "summary" ("sums_up").

POST /script {"tokenizer": "llama-server" | "vllm"} makes it count tokens (POST /tokenize) in the form of that server, a word a token; logged as "tokenize".

POST /script {"answers": {"GET /props": {...}}} makes it answer short questions as another server does (tests/data/backends), and 404 to all others.

GET /log gives {"events": [{"time", "event", "request", "script"}]}: "request", "head" (the answer's head was sent), "finished", and
"client_closed" at the moment the client's end of the connection went away before the answer was finished. DELETE /log empties it.
GET /requests gives the chat requests as they came: {"requests": [{"path", "headers", "body"}]}.
"""

import argparse
import asyncio
import gzip
import json
import re
import socket
import struct
import time

SCRIPTS = {}
LOG = []
REQUESTS = []
STATE = {"default": "echo", "next": [], "pace": 0.05, "tokens": 200, "first_token": 0.3, "most_busy": 0, "tool_calling": "none", "probe_pause": 0.0, "tokenizer": "", "summary": "sums_up", "answers": {}}
SLOTS = asyncio.Semaphore(16)
GATHERED = asyncio.Barrier(16)


def script(function):
    SCRIPTS[function.__name__] = function
    return function


def log(event, exchange=None):
    LOG.append({"time": time.time(), "event": event, "request": exchange.number if exchange else 0, "script": exchange.script if exchange else ""})


def chunk(text=None, finish=None, **more):
    delta = {"content": text} if text is not None else {}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def event(value):
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


USAGE = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 42, "completion_tokens": 7, "total_tokens": 49}}
DONE = b"data: [DONE]\n\n"
END = event(chunk(finish="stop")) + event(USAGE) + DONE


class Exchange:
    """One chat request and the connection to answer it on."""

    def __init__(self, number, name, body, reader, writer):
        self.number, self.script, self.body, self.reader, self.writer = number, name, body, reader, writer
        self.chunked = False

    async def head(self, status="200 OK", content_type="text/event-stream", chunked=True, **fields):
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Connection: close"]
        lines += [f"{k.replace('_', '-')}: {v}" for k, v in fields.items()]
        self.chunked = chunked
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()
        log("head", self)

    async def send(self, data):
        if self.chunked:
            data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
        self.writer.write(data)
        await self.writer.drain()

    async def end(self):
        if self.chunked:
            self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def status(self, status, value, **fields):
        body = json.dumps(value).encode()
        await self.head(status, "application/json", chunked=False, Content_Length=len(body), **fields)
        await self.send(body)

    async def say(self, text, pace=0.0, size=4):
        for i in range(0, len(text), size):
            await self.send(event(chunk(text[i:i + size])))
            if pace:
                await asyncio.sleep(pace)

    def reset(self):
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def answer(self):
        """The first sentence of the first passage with [1], and a number that names no passage. A rewriting request gets the two questions."""
        prompt = self.body["messages"][-1]["content"]
        rewrite = re.search(r"Earlier question: (.*)\n.*\nNew message: (.*)\n", prompt)
        if rewrite:
            return f"{rewrite[2]} {rewrite[1]}"
        passage = re.search(r"<(passage-[0-9a-f]+)[^>]*>\n(.*?)\n</?\1", prompt, re.S)
        if not passage:
            return "There is no passage in the prompt [1]."
        sentence = re.split(r"(?<=[.!?])\s", passage[2].strip(), maxsplit=1)[0]
        return f"{sentence.rstrip('.!?')} [1]. That much is certain [99]."


async def for_ever():
    await asyncio.sleep(3600)


# --- what servers do when all is well ---

@script
async def echo(x):
    await x.head()
    await x.send(event(chunk("")))
    await x.say(x.answer())
    await x.send(END)
    await x.end()


@script
async def slow_tokens(x):
    await x.head()
    for i in range(STATE["tokens"]):
        await x.send(event(chunk(f"word{i} ")))
        await asyncio.sleep(STATE["pace"])
    await x.send(END)
    await x.end()


@script
async def slow_first_token(x):
    await asyncio.sleep(1.0)
    await echo(x)


@script
async def sixteen_slots(x):
    """Works on 16 requests at once; the others hear nothing until a slot is free. Each holds its slot for first_token + tokens * pace seconds,
    to the clock: what one token is late, the next one makes up for. STATE["most_busy"]: the most slots that were in use at once."""
    loop = asyncio.get_running_loop()
    async with SLOTS:
        STATE["most_busy"] = max(STATE["most_busy"], 16 - SLOTS._value)
        start = loop.time() + STATE["first_token"]
        await x.head()
        for i in range(STATE["tokens"] + 1):
            await asyncio.sleep(start + i * STATE["pace"] - loop.time())
            await x.send(event(chunk(f"word{i} ")) if i < STATE["tokens"] else END)
    await x.end()


@script
async def only_together(x):
    """Says nothing before 16 requests are there at once; then all are answered."""
    async with GATHERED:
        pass
    await echo(x)


@script
async def plain_json(x):
    """A server that does not know how to stream."""
    await x.status("200 OK", {"choices": [{"message": {"role": "assistant", "content": x.answer()}, "finish_reason": "stop"}], "usage": USAGE["usage"]})


@script
async def think_tags(x):
    await x.head()
    await x.say("<think>\nThe secret thought [2].\n</think>\n\n" + x.answer(), size=3)
    await x.send(END)
    await x.end()


@script
async def reasoning(x):
    await x.head()
    for _ in range(5):
        await x.send(event({"choices": [{"index": 0, "delta": {"reasoning_content": "secret thought ", "content": None}}]}))
        await asyncio.sleep(STATE["pace"])
    await x.say(x.answer())
    await x.send(END)
    await x.end()


@script
async def extra_members(x):
    await x.head()
    evil = {"tool_calls": [{"function": {"name": "rm", "arguments": "{}"}}], "execute": "alert(1)", "html": "<script>alert(1)</script>"}
    await x.send(b"event: execute\ndata: {\"choices\":[],\"execute\":\"alert(1)\"}\n\n")
    await x.send(event({**chunk(), "choices": [{"index": 0, "delta": evil, "finish_reason": None}], "files": ["x"]}))
    await x.say(x.answer())
    await x.send(END)
    await x.end()


@script
async def swaps_numbers(x):
    """One sentence of the passages, and one with the passages' words and two of their numbers exchanged; neither has a mark."""
    await x.head()
    await x.say("The Ludwig bridge was opened in 1872. The toll was six kreuzer for a person and two for a cart.", size=7)
    await x.send(END)
    await x.end()


# --- wire formats that are allowed, but unusual ---

@script
async def split_utf8(x):
    await x.head()
    raw = event(chunk("Größe – 東京 🌍 naïve"))
    for i in range(len(raw)):
        await x.send(raw[i:i + 1])
    await x.send(END)
    await x.end()


@script
async def mixed_line_ends(x):
    await x.head()
    for i, end in enumerate((b"\r\n", b"\r", b"\n", b"\r\n", b"\n")):
        await x.send(b"data: " + json.dumps(chunk(f"word{i} ")).encode() + end + end)
    await x.send(END.replace(b"\n", b"\r\n"))
    await x.end()


@script
async def bom_and_comments(x):
    await x.head()
    await x.send(b"\xef\xbb\xbf: a comment\n\n: another\r\n" + event(chunk("one ")) + b": ping\n\nretry: 5\nid: 7\nevent: message\n" + event(chunk("two")))
    await x.send(END)
    await x.end()


@script
async def no_space_after_data(x):
    await x.head()
    await x.send(event(chunk("tight")).replace(b"data: ", b"data:") + END.replace(b"data: ", b"data:"))
    await x.end()


@script
async def multi_line_data(x):
    await x.head()
    text = json.dumps(chunk("spread"), indent=1)
    await x.send("".join(f"data: {line}\n" for line in text.split("\n")).encode() + b"\n" + END)
    await x.end()


@script
async def missing_done(x):
    await x.head()
    await x.say("whole without done")
    await x.send(event(chunk(finish="stop")))
    await x.end()


@script
async def done_without_finish_reason(x):
    await x.head()
    await x.say("whole without reason")
    await x.send(DONE)
    await x.end()


@script
async def duplicate_final(x):
    await x.head()
    await x.say("once")
    await x.send(event(chunk(finish="stop")) + event(chunk("once", finish="stop")) + END + DONE)
    await x.end()


@script
async def hang_after_done(x):
    """The answer is whole, but the body never ends."""
    await x.head()
    await x.say("whole but open")
    await x.send(END)
    await for_ever()


@script
async def until_close(x):
    """No chunks and no length: the end of the connection is the end of the body."""
    await x.head(chunked=False)
    await x.say("until the end")
    await x.send(END)


# --- faults before the first word ---

@script
async def reset_before_head(x):
    x.reset()


@script
async def close_before_head(x):
    pass


@script
async def hang_before_first_byte(x):
    await for_ever()


@script
async def hang_after_head(x):
    await x.head()
    await for_ever()


@script
async def only_pings(x):
    """Comments keep the connection alive, but nothing is said."""
    await x.head()
    while True:
        await x.send(b": ping\n\n")
        await asyncio.sleep(0.05)


@script
async def error_500(x):
    await x.status("500 Internal Server Error", {"error": {"message": "the model fell over", "type": "server_error"}})


@script
async def error_502(x):
    await x.head("502 Bad Gateway", "text/html", chunked=False, Content_Length=15)
    await x.send(b"<h1>nothing</h1>"[:15])


@script
async def error_503(x):
    await x.status("503 Service Unavailable", {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})


@script
async def busy_429(x):
    await x.status("429 Too Many Requests", {"error": {"message": "slow down"}}, Retry_After=1)


@script
async def busy_429_for_long(x):
    await x.status("429 Too Many Requests", {"error": {"message": "come back tomorrow"}}, Retry_After=86400)


@script
async def unauthorized(x):
    await x.status("401 Unauthorized", {"error": {"message": "Invalid API Key"}})


@script
async def bad_request(x):
    await x.status("400 Bad Request", {"error": {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"}})


@script
async def unknown_model(x):
    await x.status("404 Not Found", {"error": {"message": "model \"x\" not found"}})


@script
async def redirect(x):
    await x.status("307 Temporary Redirect", {}, Location="http://127.0.0.1:9/elsewhere")


@script
async def json_error_in_stream(x):
    await x.head()
    await x.send(event({"error": {"message": "out of memory", "type": "server_error"}}))
    await x.end()


@script
async def gzip_unasked(x):
    await x.head(Content_Encoding="gzip")
    await x.send(gzip.compress(event(chunk("squeezed")) + END))
    await x.end()


@script
async def not_json(x):
    await x.head()
    await x.send(b"data: <html>oops</html>\n\n")
    await x.end()


@script
async def empty_answer(x):
    await x.head()
    await x.send(END)
    await x.end()


@script
async def long_line(x):
    """10 MB in one line."""
    await x.head()
    await x.send(event(chunk("x" * 10_000_000)))
    await x.send(END)
    await x.end()


@script
async def endless_line(x):
    await x.head()
    await x.send(b"data: ")
    while True:
        await x.send(b"y" * 65536)


@script
async def endless_head(x):
    x.writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        x.writer.write(b"X-More: " + b"z" * 8000 + b"\r\n")
        await x.writer.drain()


@script
async def not_http(x):
    await x.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")


# --- faults in the middle ---

@script
async def reset_mid_token(x):
    await x.head()
    await x.say("The first words of an answer ")
    raw = event(chunk("broken"))
    await x.send(raw[: len(raw) // 2])
    await asyncio.sleep(0.05)
    x.reset()


@script
async def half_close(x):
    """The server ends its side in the middle of the body."""
    await x.head()
    await x.say("The first words of an answer ")
    x.writer.write_eof()
    await for_ever()


@script
async def end_without_finish(x):
    await x.head()
    await x.say("The first words of an answer ")
    await x.end()


@script
async def hang_mid_stream(x):
    await x.head()
    await x.say("The first words of an answer ")
    await for_ever()


@script
async def error_mid_stream(x):
    await x.head()
    await x.say("The first words of an answer ")
    await x.send(event({"error": {"message": "the graphics card is gone"}}))
    await x.end()


@script
async def repeat_for_ever(x):
    await x.head()
    while True:
        await x.say("The toll was two kreuzer for each person who went over it. ", size=20)
        await asyncio.sleep(0.002)


@script
async def endless_answer(x):
    await x.head()
    n = 0
    while True:
        n += 1
        await x.send(event(chunk(f"w{n * 7919 % 100003}x " * 400)))


@script
async def deaf(x):
    """Goes on working when the client has gone: only a drain limit frees its slot."""
    await x.head()
    await x.say("deaf ")
    await for_ever()


# --- a model that calls tools: in the wire format of vLLM, or in words where no tools were sent ---

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


@script
async def sums_up(x):
    """In the words of the request, whatever was said."""
    await x.head()
    await x.say("The user asked when the Ludwig bridge with the seven arches of red sandstone was opened. It was opened in 1872.")
    await x.send(END)
    await x.end()


def is_summary(body):
    return body["messages"][0].get("content", "").startswith("You keep the notes of a conversation.")


def is_probe(body):
    return "What does the dictionary say about the word" in str(body["messages"][-1].get("content"))


@script
async def probe(x):
    """Can it call a tool?"""
    wanted = STATE["tool_calling"]
    if "response_format" in x.body:
        await (call_tools(x, [("look_up_word", '{"word": "otter"}')]) if wanted == "constrained" else say_plainly(x))
    elif "tools" not in x.body:
        await (call_tools(x, [("look_up_word", '{"word": "otter"}')]) if wanted == "text" else say_plainly(x))
    elif wanted == "native":
        await call_tools(x, [("look_up_word", '{"word": "otter"}')])
    else:
        await x.status("400 Bad Request", {"error": {"message": "registry.ollama.ai/library/scripted:latest does not support tools", "type": "api_error", "param": None, "code": None}})


async def say_plainly(x):
    await x.head()
    await x.say("An otter is an animal that lives in rivers.")
    await x.send(END)
    await x.end()


class Server:
    def __init__(self, models):
        self.models, self.count = models, 0

    async def serve(self, reader, writer):
        try:
            await self.one_request(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            if not writer.transport.is_closing():
                writer.close()

    async def one_request(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        if path.endswith("/chat/completions"):
            await self.chat(path, headers, json.loads(raw), reader, writer)
            return
        status, value = self.control(method, path, raw)
        body = json.dumps(value).encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    def control(self, method, path, raw):
        if STATE["answers"] and path not in ("/script", "/log", "/requests"):
            known = STATE["answers"].get(f"{method} {path}")
            return ("200 OK", known) if known is not None else ("404 Not Found", {"error": {"message": "File Not Found", "code": 404}})
        if path == "/tokenize" and method == "POST":
            log("tokenize")
            body = json.loads(raw)
            if STATE["tokenizer"] == "llama-server" and not body["add_special"]:
                return "200 OK", {"tokens": list(range(len(body["content"].split())))}
            if STATE["tokenizer"] == "vllm" and not body["add_special_tokens"]:
                return "200 OK", {"count": len(body["prompt"].split()), "max_model_len": 4096, "tokens": [], "token_strs": None}
        if path.endswith("/models"):
            return "200 OK", {"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]}
        if path == "/log":
            if method == "DELETE":
                LOG.clear()
            return "200 OK", {"events": LOG}
        if path == "/requests":
            return "200 OK", {"requests": REQUESTS}
        if path == "/scripts":
            return "200 OK", {"scripts": sorted(SCRIPTS)}
        if path == "/script" and method == "POST":
            wanted = json.loads(raw)
            names = [wanted.get("default", "echo"), wanted.get("summary", "sums_up"), *wanted.get("next", [])]
            if unknown := [n for n in names if n not in SCRIPTS]:
                return "400 Bad Request", {"error": f"unknown scripts: {unknown}"}
            STATE.update({k: v for k, v in wanted.items() if k in STATE})
            return "200 OK", STATE
        return "404 Not Found", {"error": {"message": f"no such path: {path}"}}

    async def chat(self, path, headers, body, reader, writer):
        if is_probe(body):
            log("probe")
            begin = time.monotonic()
            while time.monotonic() - begin < STATE["probe_pause"]:
                await asyncio.sleep(0.02)
            await SCRIPTS["probe"](Exchange(0, "probe", body, reader, writer))
            return
        self.count += 1
        REQUESTS.append({"path": path, "headers": headers, "body": body})
        name = STATE["summary"] if is_summary(body) else STATE["next"].pop(0) if STATE["next"] else body.get("model") if body.get("model") in SCRIPTS else STATE["default"]
        exchange = Exchange(self.count, name, body, reader, writer)
        log("request", exchange)
        work = asyncio.ensure_future(SCRIPTS[name](exchange))
        gone = asyncio.ensure_future(self.until_gone(reader))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done() and not work.done():
            log("client_closed", exchange)
            work.cancel()
        gone.cancel()
        try:
            await work
            log("finished", exchange)
        except asyncio.CancelledError:
            pass
        except ConnectionError:
            log("client_closed", exchange)

    @staticmethod
    async def until_gone(reader):
        """Returns when the client has closed; it sends nothing more by itself."""
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="echo", choices=sorted(SCRIPTS))
    parser.add_argument("--models", default="scripted", help="comma-separated; empty: none")
    parser.add_argument("--probe-pause", type=float, default=0)
    options = parser.parse_args()
    STATE["default"], STATE["probe_pause"] = options.script, options.probe_pause
    server = await asyncio.start_server(Server([m for m in options.models.split(",") if m]).serve, options.host, options.port, limit=1 << 22)
    print(f"listening on http://{options.host}:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
