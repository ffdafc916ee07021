"""The same questions asked through LlamaIndex, of the same model server.

  llamaindex_peer.py MODEL_URL [COUNT...]

Prints one JSON object: for astream_chat and for a Workflow's run, the seconds that COUNT questions at once took. Exits with 3 where LlamaIndex
is not installed.

What a careful user would write: a ContextChatEngine for each question, its stream read to the end; a Workflow of two steps, retrieve and
synthesise (LlamaIndex 0.14 has no QueryPipeline any more, and so no QueryPipeline.arun). All questions are awaited together with
asyncio.gather. The embedding is a constant: what is measured is waiting.
"""

import asyncio
import json
import sys
import time

try:
    from llama_index.core import Document, MockEmbedding, VectorStoreIndex
    from llama_index.core.chat_engine import ContextChatEngine
    from llama_index.core.llms import ChatMessage
    from llama_index.core.workflow import Event, StartEvent, StopEvent, Workflow, step
    from llama_index.llms.openai import OpenAI
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

url, *counts = sys.argv[1:]
llm = OpenAI(model="gpt-4o-mini", api_base=url, api_key="none", max_retries=0, timeout=600)
index = VectorStoreIndex.from_documents([Document(text="Otters hold hands while they sleep, so that they do not drift apart.")], embed_model=MockEmbedding(embed_dim=384))
retriever = index.as_retriever(similarity_top_k=4)


async def astream_chat(question):
    engine = ContextChatEngine.from_defaults(retriever=retriever, llm=llm)
    response = await engine.astream_chat(question)
    return "".join([token async for token in response.async_response_gen()])


class Passages(Event):
    question: str
    text: str


class Ask(Workflow):
    @step
    async def retrieve(self, event: StartEvent) -> Passages:
        nodes = await retriever.aretrieve(event.question)
        return Passages(question=event.question, text="\n\n".join(node.text for node in nodes))

    @step
    async def synthesise(self, event: Passages) -> StopEvent:
        stream = await llm.astream_chat([ChatMessage(role="user", content=f"{event.text}\n\nQuestion: {event.question}")])
        return StopEvent(result="".join([delta.delta or "" async for delta in stream]))


async def workflow(question):
    return await Ask(timeout=None).run(question=question)


async def measure(ask, count):
    start = time.monotonic()
    answers = await asyncio.gather(*(ask(f"What do otters do while they sleep, and why? ({i})") for i in range(count)))
    seconds = time.monotonic() - start
    assert all("word49" in answer for answer in answers), answers[0]
    return seconds


async def main():
    rows = {}
    for name, ask in (("astream_chat", astream_chat), ("workflow", workflow)):
        await measure(ask, 1)
        rows[name] = {count: await measure(ask, int(count)) for count in counts}
    print(json.dumps(rows))


asyncio.run(main())
