"""The peer of the gateway: a bare Starlette app that decodes JSON and sends each turn with aiokafka, acks=all.

It checks nothing, authenticates nobody, and says nothing about single items. PORT, BOOTSTRAP and TOPIC are arguments.
"""

import asyncio
import json
import sys

import uvicorn
from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def main(port: int, bootstrap: str, topic: str) -> None:
    """Serve until terminated."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2, compression_type="lz4"
    )
    await producer.start()

    async def post(request: Request) -> JSONResponse:
        body = json.loads(await request.body())
        turns = body if isinstance(body, list) else [body]
        sent = [
            await producer.send(topic, json.dumps(turn).encode(), key=turn["conversation_id"].encode())
            for turn in turns
        ]
        await asyncio.gather(*sent)
        return JSONResponse({"accepted": len(turns)}, 202)

    app = Starlette(routes=[Route("/v1/turns", post, methods=["POST"]), Route("/readyz", lambda _: JSONResponse({}))])
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off")
    await uvicorn.Server(config).serve()
    await producer.stop()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
