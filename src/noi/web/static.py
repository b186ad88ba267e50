"""Style, script and icons."""

from litestar import Response, route
from litestar.enums import HttpMethod
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from noi.pages.visits import WebRequest
from noi.ui import static_files
from noi.ui.theme import stylesheet

_READ = [HttpMethod.GET, HttpMethod.HEAD]


@route("/static/{name:str}", http_method=_READ, include_in_schema=False)
async def static(request: WebRequest) -> Response[bytes]:
    """One file, by the name that carries its hash."""
    file = static_files.find(request.path_params["name"])
    if file is None:
        raise NotFoundException
    headers, body = static_files.answer(file, request.headers.get("accept-encoding", ""))
    return Response(body, headers=headers)


@route("/theme/{name:str}", http_method=_READ, include_in_schema=False)
async def theme(name: FromPath[str]) -> Response[bytes]:
    """A network's own colours, by the colour that they are made from."""
    try:
        body = stylesheet("#" + name.removesuffix(".css"))
    except ValueError:
        raise NotFoundException from None
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
    }
    return Response(body.encode(), headers=headers, media_type="text/css; charset=utf-8")


@route("/favicon.ico", http_method=_READ, include_in_schema=False)
async def favicon() -> Response[bytes]:
    """Lead old browsers to the icon."""
    address = static_files.static_url("favicon.svg")
    return Response(b"", status_code=301, headers={"location": address})


HANDLERS = [static, theme, favicon]
