"""What servers do when all is well."""

import asyncio

from .exchange import END, GATHERED, SLOTS, STATE, USAGE, chunk, event, script


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
