"""Who wants a document and who a page, where both are under one address."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_DOCUMENTS = ("application/activity+json", "application/ld+json")
_PAGES = ("text/html", "application/xhtml+xml")


def wants_document(accept: str) -> bool:
    """Whether a request names a type of ActivityPub, which no browser does."""
    return any(name in accept for name in _DOCUMENTS)


def wants_page(accept: str) -> bool:
    """Whether a request names HTML and no type of ActivityPub."""
    return any(name in accept for name in _PAGES) and not wants_document(accept)


def with_documents(app: Asgi) -> Asgi:
    """Lead requests for the documents of `/@name` and `/@name/id` to where those are.

    Servers look them up by the address that people copy; `raw_path` stays, for that is signed.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        if path.startswith("/@") and scope.get("method") in _READ:
            accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
            if wants_document(accept.decode("latin-1")):
                scope = {**scope, "path": _document_path(path)}
        await app(scope, receive, send)

    return handle


_READ = ("GET", "HEAD")


def _document_path(path: str) -> str:
    name, slash, rest = path.removeprefix("/@").partition("/")
    return (
        f"/users/{name}/statuses/{rest}"
        if slash and rest.isdigit()
        else f"/users/{name}{slash}{rest}"
    )
