"""The requests that DocMind makes of itself: to sum up a conversation, and to find out whether a model can call tools."""

from .exchange import END, STATE, script
from .tools import call_tools


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
