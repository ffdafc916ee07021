"""Wire formats that are allowed, but unusual."""

import json

from .exchange import DONE, END, chunk, event, for_ever, script


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
