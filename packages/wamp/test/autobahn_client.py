"""A WAMP client on Debian's python3-autobahn. Says on standard output, one line of JSON each, what it has seen.

Usage: autobahn_client.py URL REALM SERIALIZER METHOD [AUTHID SECRET]
"""

import asyncio
import json
import sys

from autobahn.asyncio.component import Component
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions, PublishOptions, RegisterOptions, SubscribeOptions

url, realm, serializer, method, *credentials = sys.argv[1:]

authentication = {
    "anonymous": lambda: {},
    "ticket": lambda authid, secret: {"authid": authid, "ticket": secret},
    "wampcra": lambda authid, secret: {"authid": authid, "secret": secret},
    "cryptosign": lambda authid, secret: {"authid": authid, "privkey": secret},
}[method](*credentials)

component = Component(
    transports=[{"type": "websocket", "url": url, "serializers": [serializer], "max_retries": 0}],
    realm=realm,
    authentication={method: authentication},
)


def say(what, value):
    print(json.dumps([what, value]), flush=True)


@component.on_join
async def joined(session, details):
    say("joined", [details.realm, details.authid, details.authrole, details.authmethod])
    done = asyncio.get_event_loop().create_future()

    def on_event(*args, details=None, **kwargs):
        say("event", [details.topic, list(args), kwargs])

    async def add(x, y, details=None):
        if details.progress:
            details.progress(x)
            details.progress(y)
        return x + y

    def fail():
        raise ApplicationError("be.python.broken", "why", until="monday")

    def finish():
        done.set_result(True)

    await session.subscribe(
        on_event, "be.python.home.", SubscribeOptions(match="prefix", details=True)
    )
    await session.subscribe(finish, "be.python.finish")
    await session.register(add, "be.python.add", RegisterOptions(details_arg="details"))
    await session.register(fail, "be.python.fail")
    publication = await session.publish(
        "be.python.said", 1, "two", three=[3], options=PublishOptions(acknowledge=True)
    )
    say("published", publication.id > 0)
    parts = []
    total = await session.call(
        "be.test.multiply", 6, 7, options=CallOptions(on_progress=parts.append, timeout=5)
    )
    say("called", [parts, total])
    try:
        await session.call("be.test.fail")
    except ApplicationError as error:
        say("failed", [error.error, list(error.args), error.kwargs])
    say("sessions", await session.call("wamp.session.count"))
    say("ready", session._session_id)
    await done
    await session.leave()


async def main():
    try:
        await component.start(asyncio.get_event_loop())
    except Exception as error:  # the reason is what the test looks at
        say("refused", str(error))


asyncio.get_event_loop().run_until_complete(main())
